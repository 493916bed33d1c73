#!/bin/sh
# jail.sh FOLDER COMMAND… : runs COMMAND in a mount namespace of its own in which everything but FOLDER is read-only.
# Exit 97: this machine does not allow it. Hostile repositories are tried nowhere else.
set -u
if [ "${LODE_JAIL:-}" != inside ]; then
  if [ "$(id -u)" = 0 ]; then exec env LODE_JAIL=inside unshare --mount --propagation private -- "$0" "$@"
  else exec env LODE_JAIL=inside unshare --user --map-root-user --mount --propagation private -- "$0" "$@"; fi
fi
unset LODE_JAIL
folder=$1
shift
mount --bind "$folder" "$folder" || exit 97
# Every mount but the folder's own and the kernel's; deepest last, so that a parent never hides its child.
cut -d' ' -f5 /proc/self/mountinfo | while read -r point; do
  case $point in
    "$folder" | /proc | /proc/* | /sys | /sys/* | /dev | /dev/pts | /dev/mqueue) ;;
    *) mount -o remount,bind,ro "$point" 2>/dev/null ;;
  esac
done
# Believe nothing: the parent of the folder must refuse a new file.
probe=$(dirname "$folder")/.lode-jail-probe
if (: >"$probe") 2>/dev/null; then
  rm -f "$probe"
  exit 97
fi
(: >"$folder/.lode-jail-probe") 2>/dev/null || exit 97
rm -f "$folder/.lode-jail-probe"
cd "$folder/${LODE_JAIL_CWD:-.}" || exit 97
exec "$@"
