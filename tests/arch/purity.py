#!/usr/bin/env python3
# The core is a value machine (docs/ARCHITECTURE.md): its library imports memory, strings and the C++ runtime, and nothing that
# could reach a system call, a clock, a thread, a file or randomness. What it may import is listed; all else fails. The TLS
# layer makes no system call of its own either: time is what Mbed TLS asks for by itself, for certificates and tickets.
import re
import subprocess
import sys

import project

allowed = [
    # memory and strings
    r"mem(cpy|move|set|cmp|chr)", r"str(len|cmp)", r"operator (new|delete)(\[\])?\(.*\)",
    # mathematics
    r"cbrt", r"llround",
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
of_tls = [
    r"(mbedtls|psa)_\w+", r"(typeinfo for |vtable for |char |void )?fmt::v\d+::.*", r"snprintf", r"\w*_libc_single_threaded", r"__udivti3",
    r"_GLOBAL_OFFSET_TABLE_", r"(typeinfo|vtable) for .*", r"std::(system_error|runtime_error|current_exception|bad_function_call).*",
]
allowed_in = {"stack": re.compile("(" + "|".join(allowed) + r")$"), "tls": re.compile("(" + "|".join(allowed + of_tls) + r")$")}

# Kept apart from the list above so that a widened list does not let them in by accident.
never = re.compile(r"(std::chrono::.*::now|clock_gettime|gettimeofday|time|getrandom|rand|random|std::random_device.*|open|read|"
                   r"write|socket|ioctl|poll|epoll_.*|pthread_.*|std::thread.*|getenv|syscall|std::(cout|cerr|cin)|"
                   r"mbedtls_(net|entropy|timing)_\w+)(\(.*)?$")


def imports_of(library):
    """What a library imports, each symbol with the first unit that does, and how much it defines."""
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
    return {symbol: unit for symbol, unit in imported.items() if symbol not in defined}, len(defined)


findings = []
for layer, allowed in allowed_in.items():
    library = f"{sys.argv[1]}/lib{layer}.a"
    imported, defined = imports_of(library)
    if defined < 50:
        findings.append(f"{library} defines next to nothing: is it the layer's library?")
    for symbol, unit in sorted(imported.items()):
        if never.match(symbol) or not allowed.match(symbol):
            findings.append(f"{unit} imports {symbol}")
project.finish(findings)
