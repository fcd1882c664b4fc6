# The page of client/web, packed and put into the box of the API. Without npm, or with
# -DKITH_PAGE=OFF, kithd serves the plain status page instead.
option(KITH_PAGE "serve the web page (npm brings what it is made of)" ON)
find_program(KITH_NPM npm)
set(page_from ${CMAKE_CURRENT_LIST_DIR})
set(page_made ${PROJECT_BINARY_DIR}/page)
set(page_c ${PROJECT_BINARY_DIR}/generated/page_files.c)
set(page_files "")
if(KITH_PAGE AND KITH_NPM)
    file(GLOB page_files CONFIGURE_DEPENDS ${page_from}/*.html ${page_from}/*.css
        ${page_from}/*.svg ${page_from}/*.js)
    add_custom_command(OUTPUT ${page_made}/vendor.js
        COMMAND ${page_from}/vendor ${page_made}
        DEPENDS ${page_from}/vendor ${page_from}/package-lock.json
        COMMENT "bringing what the page is made of" VERBATIM)
    list(APPEND page_files ${page_made}/vendor.js)
elseif(KITH_PAGE)
    message(STATUS "npm is not installed: kithd serves a plain status page")
endif()
file(CONFIGURE OUTPUT ${page_made}/files.txt CONTENT "${page_files}")
add_custom_command(OUTPUT ${page_c}
    COMMAND ${CMAKE_COMMAND} -DLIST=${page_made}/files.txt -DOUT=${page_c}
        -P ${page_from}/embed.cmake
    DEPENDS ${page_from}/embed.cmake ${page_made}/files.txt ${page_files}
    COMMENT "packing the page" VERBATIM)
target_sources(api PRIVATE ${page_c})
