# One interface target carries what every translation unit is compiled with.
add_library(firstcome_options INTERFACE)
target_compile_options(firstcome_options INTERFACE -Wall -Wextra $<$<CXX_COMPILER_ID:GNU>:-Wshadow=local> -Woverloaded-virtual
  # GCC 12 to 14 warn of arrays inside std::string that it has inlined itself (its bug 105329).
  $<$<AND:$<CXX_COMPILER_ID:GNU>,$<VERSION_LESS:$<CXX_COMPILER_VERSION>,15>>:-Wno-array-bounds\;-Wno-restrict\;-Wno-stringop-overflow>
  -Wno-missing-field-initializers)
target_compile_definitions(firstcome_options INTERFACE
  BOOST_ASIO_SEPARATE_COMPILATION   # src/runtime/asio.cpp holds Asio's and Beast's definitions, once
  BOOST_BEAST_SEPARATE_COMPILATION
  BOOST_ASIO_NO_DEPRECATED
  BOOST_ASIO_DISABLE_BOOST_REGEX
  $<$<BOOL:${FIRSTCOME_TESTS}>:FIRSTCOME_TEST_BUILD=1>)

set(FIRSTCOME_SANITIZE "" CACHE STRING "Sanitizers, as for -fsanitize: address,undefined or thread")
if(FIRSTCOME_SANITIZE)
  target_compile_options(firstcome_options INTERFACE -fsanitize=${FIRSTCOME_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  target_link_options(firstcome_options INTERFACE -fsanitize=${FIRSTCOME_SANITIZE})
  # GCC's manual says of its sanitizers that they make these warnings false ones; a build without them has them.
  target_compile_options(firstcome_options INTERFACE $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>)
  if(FIRSTCOME_SANITIZE STREQUAL "address,undefined" AND CMAKE_CXX_COMPILER_ID STREQUAL GNU)
    # A third of the compiler's time goes into these, at every access through a pointer and every call of a virtual
    # function. AddressSanitizer sees the null, the overrun and most wrong casts too; the fuzz targets, which are clang's,
    # have them all.
    target_compile_options(firstcome_options INTERFACE -fno-sanitize=null,alignment,object-size,pointer-overflow,vptr)
  endif()
  if(FIRSTCOME_SANITIZE MATCHES "address")
    target_sources(firstcome_options INTERFACE ${CMAKE_CURRENT_LIST_DIR}/asan_defaults.cpp)
  endif()
endif()

# Others' templates and little of ours (Asio): not watched for undefined behaviour, which halves its compilation.
function(compile_quickly)
  if(FIRSTCOME_SANITIZE MATCHES "undefined")
    set_source_files_properties(${ARGN} PROPERTIES COMPILE_OPTIONS -fno-sanitize=undefined)
  endif()
endfunction()

# Where somebody has ccache, two checkouts share what it keeps: paths count from the project's folder, and precompiled headers are
# allowed. ./dev does not install it: what it has not seen yet takes a twentieth longer.
find_program(CCACHE ccache)
if(CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_BASEDIR=${CMAKE_SOURCE_DIR} CCACHE_NOHASHDIR=1
    CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime ${CCACHE})
  target_compile_options(firstcome_options INTERFACE $<$<CXX_COMPILER_ID:GNU>:-fpch-preprocess>)
endif()
find_program(MOLD mold)
if(MOLD AND CMAKE_CXX_COMPILER_ID STREQUAL GNU)
  target_link_options(firstcome_options INTERFACE -fuse-ld=mold)
endif()
