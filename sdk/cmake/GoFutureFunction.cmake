# gofuture_add_function(name [SOURCES file …] [TEST file …])
#
# Builds the function library <name>.so into GOFUTURE_FUNCTION_DIR; SOURCES default to function.cpp, TEST to function_test.cpp where
# there is one. With tests switched on (GOFUTURE_TESTS) it also builds the program function_<name>_test, label unit. A test includes
# "function.cpp" to see the class, so the test program compiles the TEST files and every source but function.cpp.
#
# The same in this project and in one that found it by find_package(GoFuture).

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
  if(NOT arg_TEST AND EXISTS ${CMAKE_CURRENT_SOURCE_DIR}/function_test.cpp)
    set(arg_TEST function_test.cpp)
  endif()
  set(folders ${CMAKE_CURRENT_SOURCE_DIR} ${CMAKE_CURRENT_SOURCE_DIR}/..)  # its own, and that of the headers it shares
  add_library(${name} MODULE ${arg_SOURCES})
  set_target_properties(${name} PROPERTIES LIBRARY_OUTPUT_DIRECTORY ${GOFUTURE_FUNCTION_DIR})
  target_include_directories(${name} PRIVATE ${folders})
  target_link_libraries(${name} PRIVATE GoFuture::sdk)
  gofuture_function_flags(${name})
  if(TARGET gofuture_function_headers)
    target_precompile_headers(${name} REUSE_FROM gofuture_function_headers)
  endif()

  if(GOFUTURE_TESTS AND arg_TEST)
    list(REMOVE_ITEM arg_SOURCES function.cpp)
    set(test function_${name}_test)
    if(COMMAND gofuture_test)
      gofuture_test(${test} LABEL unit SOURCES ${arg_TEST} ${arg_SOURCES} LIBRARIES GoFuture::sdk)
    else()
      add_executable(${test} ${arg_TEST} ${arg_SOURCES})
      target_link_libraries(${test} PRIVATE GoFuture::sdk GTest::gmock GTest::gtest_main)
      add_test(NAME ${test} COMMAND ${test})
      set_tests_properties(${test} PROPERTIES LABELS unit)
    endif()
    target_include_directories(${test} PRIVATE ${folders})
  endif()
endfunction()
