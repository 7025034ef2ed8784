# The ride functions' own SQL, run by the built libraries against a real Postgres (GOFUTURE_POSTGRES). No runtime in between.
gofuture_test(integration_functions_sql LABEL integration TIMEOUT 120
              SOURCES ${CMAKE_CURRENT_LIST_DIR}/functions_sql_test.cpp LIBRARIES gofuture_sdk PkgConfig::pq Threads::Threads ${CMAKE_DL_LIBS})
target_include_directories(integration_functions_sql PRIVATE ${PROJECT_SOURCE_DIR}/functions)
target_compile_definitions(integration_functions_sql PRIVATE FUNCTION_DIR="${GOFUTURE_FUNCTION_DIR}")
add_dependencies(integration_functions_sql assign_driver track_drivers booking_status)
