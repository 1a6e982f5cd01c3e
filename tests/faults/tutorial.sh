# What `lectern tutorial` runs, opens and hands out, and what it refuses.
. "$(dirname "$0")/common.sh"

expect 0 "3  The tape" "$lectern" tutorial
expect 0 "== Backward twice ==" "$lectern" tutorial 3
that "its pictures lie in a folder of their own" test -e runs/tutorial/03/tape.svg
expect 0 "x·x at 3, our tape: 3" "$lectern" tutorial 3 --without plus
expect 2 "there is no chapter 99" "$lectern" tutorial 99
expect 2 "chapter 9 cannot leave out 'norm'; it can: scale" "$lectern" tutorial 9 --without norm
expect 2 "chapter 12 leaves nothing out" "$lectern" tutorial 12 --without beam
expect 2 "different things" "$lectern" tutorial 9 --without scale --page

# Numbers and texts of one's own
expect 0 "after  100 steps" "$lectern" tutorial 4 --with width=2 --with seed=3
expect 0 'book = "4"' "$lectern" tutorial 4 --settings
expect 2 "with width=5: expected one of 1, 2, 3" "$lectern" tutorial 4 --with width=5
expect 2 "NAME is one of learning_rate, width, seed" "$lectern" tutorial 4 --with height=5
expect 2 "chapter 3 has nothing that could be changed" "$lectern" tutorial 3 --with width=5
expect 2 "different things" "$lectern" tutorial 4 --with width=2 --settings
for flag in "--page" "--without scale" "--with heads=4" "--settings" "--exercise here"; do
  expect 2 "which chapter" "$lectern" tutorial $flag
done

# Exercises: a new folder, without the solutions; nobody's folder is written into
expect 0 "write your lines, and type 'my 03/check'" "$lectern" tutorial 3 --exercise "my 03"
that "there are no solutions in it" test -z "$(grep '\[solution' "my 03/exercises.cpp")"
that "there is something to do" grep -q "throw Unsolved();" "my 03/exercises.cpp"
that "the check can be started" test -x "my 03/check"

# An installation that fails halfway is begun again by the next check, which does not take the half
mkdir bin
printf '#!/bin/sh\nmkdir -p "$4/half"\nexit 1\n' > bin/cmake
chmod +x bin/cmake
expect 1 "" env PATH="$PWD/bin:$PATH" "my 03/check"
that "half an installation was made" test -d "my 03/lectern.part/half"
that "and is not taken for one" test ! -e "my 03/lectern"
printf '#!/bin/sh\n[ "$1" = --install ] && mkdir "$4"\n' > bin/cmake
expect 1 "" env PATH="$PWD/bin:$PATH" "my 03/check"
that "the next check installs" test -d "my 03/lectern"
that "and nothing of the half is left" test ! -e "my 03/lectern/half" -a ! -e "my 03/lectern.part"

echo mine > "my 03/exercises.cpp"
expect 2 "exists already" "$lectern" tutorial 3 --exercise "my 03"
that "and is as it was" test "$(cat "my 03/exercises.cpp")" = mine
expect 2 "exercise is empty" "$lectern" tutorial 3 --exercise ""
finish
