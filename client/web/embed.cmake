# cmake -DLIST=FILE -DOUT=FILE -P embed.cmake: the files that LIST names, packed, as C.
file(READ ${LIST} files)
set(bytes "")
set(rows "")
set(n 0)
foreach(file IN LISTS files)
    get_filename_component(name ${file} NAME)
    get_filename_component(ending ${file} LAST_EXT)
    set(type_.html "text/html; charset=utf-8")
    set(type_.css "text/css; charset=utf-8")
    set(type_.js "text/javascript; charset=utf-8")
    set(type_.svg "image/svg+xml")
    execute_process(COMMAND gzip -9nc ${file} OUTPUT_FILE ${OUT}.gz RESULT_VARIABLE failed)
    if(failed)
        message(FATAL_ERROR "gzip of ${file} failed")
    endif()
    file(READ ${OUT}.gz hex HEX)
    file(SHA256 ${OUT}.gz digest)
    string(SUBSTRING ${digest} 0 16 etag)
    string(REGEX REPLACE "(..)" "0x\\1," hex ${hex})
    string(REGEX REPLACE "(................................................................................)" "\\1\n    " hex "${hex}")
    string(APPEND bytes "static const uint8_t file_${n}[] = {\n    ${hex}\n};\n")
    string(APPEND rows "    {\"${name}\", \"${type_${ending}}\", \"\\\"${etag}\\\"\", {file_${n}, sizeof(file_${n})}},\n")
    math(EXPR n "${n} + 1")
endforeach()
file(REMOVE ${OUT}.gz)
file(WRITE ${OUT} "/* Made by client/web/embed.cmake. */
#include \"daemon/api/page_files.h\"

${bytes}
const struct page_file page_files[] = {
${rows}    {NULL, NULL, NULL, {NULL, 0}},
};
")
