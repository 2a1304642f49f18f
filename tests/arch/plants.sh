#!/usr/bin/env bash
# The bugs that tests/fuzz/plants plants still find their places: the code that they break has not moved away from them.
exec tests/fuzz/plants --check
