# find_package(GoFuture): the target GoFuture::sdk and gofuture_add_function(), see GoFutureFunction.cmake.
#
#   GOFUTURE_FUNCTION_DIR   where the function libraries are put (default: functions in the build folder)
#   GOFUTURE_TESTS          whether the functions' tests are built (default: whether GoogleTest is there)
if(COMMAND gofuture_add_function)  # an example that is built as a part of GoFuture itself
  return()
endif()
include(CMakeFindDependencyMacro)
find_dependency(Boost 1.81 COMPONENTS json)
find_package(GTest QUIET)
if(NOT GTest_FOUND AND NOT GoFuture_FIND_QUIETLY)
  message(STATUS "GoFuture: without GoogleTest the functions' tests are not built (Debian: libgmock-dev)")
endif()
set(GOFUTURE_TESTS ${GTest_FOUND} CACHE BOOL "Build the functions' tests")
set(GOFUTURE_FUNCTION_DIR ${CMAKE_BINARY_DIR}/functions CACHE PATH "Where function libraries are put")
include(${CMAKE_CURRENT_LIST_DIR}/GoFutureTargets.cmake)
include(${CMAKE_CURRENT_LIST_DIR}/GoFutureFunction.cmake)
