#!/usr/bin/env bash
# docs/STATE_MACHINE.md says what stack/tcp/state.hpp says. Arguments: the build folder, and --update to write it anew.
set -eu
cd "$(dirname "$0")/../.."
if [ "${2:-}" = --update ]; then
  "$1/docs_state_machine" >docs/STATE_MACHINE.md
elif ! "$1/docs_state_machine" | diff -u docs/STATE_MACHINE.md -; then
  echo "docs/STATE_MACHINE.md is not up to date: tests/run --update-docs docs" && exit 1
fi
