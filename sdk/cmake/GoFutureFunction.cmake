# gofuture_add_function(name [SOURCES file …] [TEST file …])
#
# Builds the function library <name>.so into GOFUTURE_FUNCTION_DIR; SOURCES default to function.cpp. With TEST (and tests
# switched on) it also builds the program function_<name>_test, label unit. A test includes "function.cpp" to see the class,
# so the test program compiles the TEST files and every source but function.cpp.

# What makes a library a good function library: one export, nothing undefined, nothing that keeps it loaded.
function(gofuture_function_flags target)
  set_target_properties(${target} PROPERTIES PREFIX "" SUFFIX ".so" POSITION_INDEPENDENT_CODE ON
    C_VISIBILITY_PRESET hidden CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON
    LINK_DEPENDS ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/exports.version)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # A unique symbol (an inline static, std::make_shared) would make dlclose keep the library for ever.
    target_compile_options(${target} PRIVATE $<$<COMPILE_LANGUAGE:CXX>:-fno-gnu-unique>)
  endif()
  target_link_options(${target} PRIVATE -Wl,--version-script=${CMAKE_CURRENT_FUNCTION_LIST_DIR}/exports.version -Wl,-z,now)
  if(NOT GOFUTURE_SANITIZE)  # a sanitizer's own symbols come from the program
    target_link_options(${target} PRIVATE -Wl,-z,defs)
  endif()
endfunction()

function(gofuture_add_function name)
  cmake_parse_arguments(arg "" "" "SOURCES;TEST" ${ARGN})
  if(NOT arg_SOURCES)
    set(arg_SOURCES function.cpp)
  endif()
  add_library(${name} MODULE ${arg_SOURCES})
  set_target_properties(${name} PROPERTIES LIBRARY_OUTPUT_DIRECTORY ${GOFUTURE_FUNCTION_DIR})
  target_include_directories(${name} PRIVATE ${CMAKE_CURRENT_SOURCE_DIR} ${CMAKE_CURRENT_SOURCE_DIR}/..)
  target_link_libraries(${name} PRIVATE gofuture_sdk)
  gofuture_function_flags(${name})
  target_precompile_headers(${name} REUSE_FROM gofuture_function_headers)

  if(GOFUTURE_TESTS AND arg_TEST)
    set(sources ${arg_SOURCES})
    list(REMOVE_ITEM sources function.cpp)
    gofuture_test(function_${name}_test LABEL unit SOURCES ${arg_TEST} ${sources} LIBRARIES gofuture_sdk)
    target_include_directories(function_${name}_test PRIVATE ${CMAKE_CURRENT_SOURCE_DIR} ${CMAKE_CURRENT_SOURCE_DIR}/..)
  endif()
endfunction()
