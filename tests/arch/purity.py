#!/usr/bin/env python3
# The core is a value machine (docs/ARCHITECTURE.md): its library imports memory, strings and the C++ runtime, and nothing that
# could reach a system call, a clock, a thread, a file or randomness. What it may import is listed; all else fails.
import re
import subprocess
import sys

import project

allowed = [
    # memory and strings
    r"mem(cpy|move|set|cmp|chr)", r"str(len|cmp)", r"operator (new|delete)(\[\])?\(.*\)",
    # expects() says where, and stops
    r"abort", r"fprintf", r"fwrite", r"fputs", r"stderr", r"__(fprintf|vfprintf|printf)_chk",
    # the C++ runtime: exceptions, guards of function-local constants, type information
    r"_Unwind_Resume", r"__cxa_\w+", r"__gxx_personality_v0", r"__dso_handle", r"__stack_chk_fail",
    r"(vtable|typeinfo|typeinfo name) for (__cxxabiv1::\w+|std::.*)", r"std::(terminate|rethrow_exception|get_new_handler)\(.*",
    r"std::__exception_ptr::.*", r"std::__throw_\w+\(.*", r"std::__glibcxx_assert_fail\(.*",
    r"std::(bad_alloc|bad_array_new_length|bad_optional_access|bad_variant_access|exception|logic_error|length_error|out_of_range)::.*",
    r"std::__detail::_(List_node_base|Prime_rehash_policy)::.*", r"std::_Rb_tree_\w+\(.*", r"std::_Hash_bytes\(.*",
    r"std::_V2::(error_category::.*|generic_category\(\)|system_category\(\))",
    r"std::(__cxx11::)?basic_string<.*", r"std::__detail::__(to_chars|from_chars)\w*.*",
    # the sanitizers, when they are on
    r"__(asan|ubsan|sanitizer|lsan)_\w+", r"__sanitizer::.*",
]
allowed = re.compile("(" + "|".join(allowed) + r")$")

# Kept apart from the list above so that a widened list does not let them in by accident.
never = re.compile(r"(std::chrono::.*::now|clock_gettime|gettimeofday|time|getrandom|rand|random|std::random_device.*|open|read|"
                   r"write|socket|ioctl|poll|epoll_.*|pthread_.*|std::thread.*|getenv|syscall|std::(cout|cerr|cin))(\(.*)?$")

library = sys.argv[1] + "/libstack.a"
lines = subprocess.run(["nm", "-C", library], capture_output=True, text=True, check=True).stdout.splitlines()
defined, imported, unit = set(), {}, ""
for line in lines:
    if line.endswith(".o:"):
        unit = line[:-1]
    elif match := re.match(r"[0-9a-f]* +([A-Za-z]) (.*)", line):
        if match[1] in "Uw":
            imported.setdefault(match[2], unit)
        else:
            defined.add(match[2])
if len(defined) < 50:
    project.finish([f"{library} defines next to nothing: is it the core's library?"])
findings = []
for symbol, unit in sorted(imported.items()):
    if symbol in defined:
        continue
    if never.match(symbol) or not allowed.match(symbol):
        findings.append(f"{unit} imports {symbol}")
project.finish(findings)
