# The three shapes that the tree is built from: a module, its tests, a program.
# Every module of folder a/b is the library `a_b`; its tests (`*_test.cc` beside the code) are the program `a_b_test`.

add_library(sealhall_options INTERFACE)
target_include_directories(sealhall_options INTERFACE "${CMAKE_SOURCE_DIR}")
target_compile_options(sealhall_options INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion -Wnon-virtual-dtor -Woverloaded-virtual -Werror
  -fno-omit-frame-pointer)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # g++ 12 reports false positives for these in its own library under -O2 and with the sanitizers.
  target_compile_options(sealhall_options INTERFACE -Wno-restrict -Wno-stringop-overflow -Wno-array-bounds
    -Wno-maybe-uninitialized -Wno-dangling-pointer -Wno-stringop-overread)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  target_compile_options(sealhall_options INTERFACE -Wno-c2y-extensions)  # doctest's use of __COUNTER__
endif()
if(CMAKE_SYSTEM_NAME STREQUAL "WASI")
  set(CMAKE_POSITION_INDEPENDENT_CODE OFF)
  # clang-22 calls the target's name old; Debian's wasi-libc knows it by no other.
  target_compile_options(sealhall_options INTERFACE -Wno-deprecated)
  target_link_options(sealhall_options INTERFACE -Wno-deprecated)
endif()
find_program(SEALHALL_MOLD mold)
if(SEALHALL_MOLD AND NOT CMAKE_SYSTEM_NAME STREQUAL "WASI")
  target_link_options(sealhall_options INTERFACE -fuse-ld=mold)
endif()
if(NOT CMAKE_SYSTEM_NAME STREQUAL "WASI")
  # What the loader resolves is read-only before main() begins: no overwritten pointer leads into another function.
  target_link_options(sealhall_options INTERFACE LINKER:-z,relro,-z,now)
endif()
if(SEALHALL_SANITIZE)
  # Without vptr: core has no run-time type information that this check could read.
  target_compile_options(sealhall_options INTERFACE -fsanitize=address,undefined -fno-sanitize=vptr -fno-sanitize-recover=all)
  target_link_options(sealhall_options INTERFACE -fsanitize=address,undefined)
endif()
if(SEALHALL_TSAN)
  # ThreadSanitizer knows no stand-alone fences; Asio guards its queues with mutexes and needs none there.
  target_compile_options(sealhall_options INTERFACE -fsanitize=thread -DBOOST_ASIO_DISABLE_FENCED_BLOCK)
  target_link_options(sealhall_options INTERFACE -fsanitize=thread)
endif()
if(SEALHALL_FUZZ)
  target_compile_options(sealhall_options INTERFACE -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all)
  target_link_options(sealhall_options INTERFACE -fsanitize=address,undefined)
endif()

# The rules of core/: no exceptions, no run-time type information. Tests are built with the same flags.
add_library(sealhall_core_options INTERFACE)
target_link_libraries(sealhall_core_options INTERFACE sealhall_options)
target_compile_options(sealhall_core_options INTERFACE -fno-exceptions -fno-rtti)
if(SEALHALL_SANITIZE)
  # Its tests count and simulate much: with -O1 they take a seventh of the time, and core still builds quickly.
  target_compile_options(sealhall_core_options INTERFACE -O1)
endif()

# Adds every direct subfolder of the given folders that has a CMakeLists.txt, and the folder's own if it has one.
# With SEALHALL_FUZZ nothing of them is built by itself: fuzz targets pull in the libraries that they name.
function(sealhall_add_subdirectories)
  set(exclude)
  if(SEALHALL_FUZZ)
    set(exclude EXCLUDE_FROM_ALL)
  endif()
  foreach(parent IN LISTS ARGN)
    if(EXISTS "${CMAKE_SOURCE_DIR}/${parent}/CMakeLists.txt")
      add_subdirectory("${CMAKE_SOURCE_DIR}/${parent}" "${CMAKE_BINARY_DIR}/${parent}" ${exclude})
    else()
      file(GLOB children CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/${parent}/*/CMakeLists.txt")
      foreach(child IN LISTS children)
        get_filename_component(dir "${child}" DIRECTORY)
        get_filename_component(name "${dir}" NAME)
        add_subdirectory("${dir}" "${CMAKE_BINARY_DIR}/${parent}/${name}" ${exclude})
      endforeach()
    endif()
  endforeach()
endfunction()

# sealhall_module(NAME DEPS a b ... [PRIVATE_DEPS ...] [CORE] [TEST_DEPS ...] [EXCLUDE file.cc ...])
# Makes library NAME from the folder's *.cc and, from its *_test.cc, the test program NAME_test.
function(sealhall_module name)
  cmake_parse_arguments(M "CORE" "" "DEPS;PRIVATE_DEPS;TEST_DEPS;EXCLUDE" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/*.cc")
  set(tests ${sources})
  list(FILTER sources EXCLUDE REGEX "_(test|main)\\.cc$")
  list(FILTER tests INCLUDE REGEX "_test\\.cc$")
  foreach(excluded IN LISTS M_EXCLUDE)
    list(REMOVE_ITEM sources "${CMAKE_CURRENT_SOURCE_DIR}/${excluded}")
    list(REMOVE_ITEM tests "${CMAKE_CURRENT_SOURCE_DIR}/${excluded}")
  endforeach()
  if(M_CORE)
    set(options sealhall_core_options)
  else()
    set(options sealhall_options)
  endif()
  if(sources)
    add_library(${name} STATIC ${sources})
    # The rules of core bind its own files, not the shells that link it: those may throw at start-up.
    target_link_libraries(${name} PUBLIC sealhall_options ${M_DEPS} PRIVATE ${options} ${M_PRIVATE_DEPS})
  else()
    add_library(${name} INTERFACE)
    target_link_libraries(${name} INTERFACE sealhall_options ${M_DEPS})
  endif()
  if(BUILD_TESTING AND tests)
    add_executable(${name}_test ${tests} "${CMAKE_SOURCE_DIR}/tests/support/doctest_main.cc")
    target_link_libraries(${name}_test PRIVATE ${name} ${options} ${M_TEST_DEPS} sealhall_source_dir)
    sealhall_register_test(${name}_test)
  endif()
endfunction()

# Registers a doctest program with ctest; under WASI it is run by Node through tools/run_wasm.mjs.
function(sealhall_register_test target)
  if(CMAKE_SYSTEM_NAME STREQUAL "WASI")
    # doctest's header alone, without the host's /usr/include around it.
    file(MAKE_DIRECTORY "${CMAKE_BINARY_DIR}/host_headers")
    file(CREATE_LINK "/usr/include/doctest" "${CMAKE_BINARY_DIR}/host_headers/doctest" SYMBOLIC)
    target_include_directories(${target} SYSTEM PRIVATE "${CMAKE_BINARY_DIR}/host_headers")
    target_compile_definitions(${target} PRIVATE DOCTEST_CONFIG_NO_POSIX_SIGNALS DOCTEST_CONFIG_NO_MULTITHREADING
      DOCTEST_CONFIG_NO_EXCEPTIONS_BUT_WITH_ALL_ASSERTS _WASI_EMULATED_SIGNAL)
    target_link_libraries(${target} PRIVATE wasi-emulated-signal)
    # The default of 64 KiB is less than one large buffer on the stack of a test.
    target_link_options(${target} PRIVATE -Wl,-z,stack-size=1048576)
    add_test(NAME ${target} COMMAND node "${CMAKE_SOURCE_DIR}/tools/run_wasm.mjs" $<TARGET_FILE:${target}>)
  else()
    target_compile_definitions(${target} PRIVATE DOCTEST_CONFIG_NO_EXCEPTIONS_BUT_WITH_ALL_ASSERTS)
    add_test(NAME ${target} COMMAND ${target} WORKING_DIRECTORY "${CMAKE_BINARY_DIR}")
  endif()
endfunction()
