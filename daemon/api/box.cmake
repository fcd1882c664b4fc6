include(${PROJECT_SOURCE_DIR}/client/web/page.cmake)
