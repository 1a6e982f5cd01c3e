#!/bin/sh
# check_if_there.sh FILE COMMAND…: the command, where the file is there that it is about.
file=$1
shift
if [ ! -e "$file" ]; then
  echo "skipped: there is no $file; try script/bootstrap --with web, cmake --preset web and cmake --build --preset web"
  exit 0
fi
command -v node > /dev/null || { echo "skipped: without node nobody runs it"; exit 0; }
exec "$@"
