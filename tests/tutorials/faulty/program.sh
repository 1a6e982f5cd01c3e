#!/bin/sh
# What the pages beside it are about.
[ "${2:-}" = noise ] && echo "loss 0.25" || echo "loss 0.31"
echo "took 12 ms"
echo "<svg/>" > one.svg
echo "<svg/>" > two.svg
