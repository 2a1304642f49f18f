#!/usr/bin/env bash
# docs/STATE_COVERAGE.md says what the corpus of the state_machine target reaches. Arguments: the build folder, and --update
# to write it anew.
set -eu
cd "$(dirname "$0")/../.."
corpus=tests/fuzz/corpus/state_machine
if [ "${2:-}" = --update ]; then
  "$1/docs_state_coverage" $corpus >docs/STATE_COVERAGE.md
elif ! "$1/docs_state_coverage" $corpus | diff -u docs/STATE_COVERAGE.md -; then
  echo "docs/STATE_COVERAGE.md is not up to date: tests/run --update-docs docs" && exit 1
fi
