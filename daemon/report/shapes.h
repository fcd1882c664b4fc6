/*
 * shapes.h: pieces of SQL that several reports need.
 */
#ifndef REPORT_SHAPES_H
#define REPORT_SHAPES_H

/* clang-format off */
/* What is shown here and not hidden. */
#define SEEN "(SELECT * FROM records WHERE space IS NOT NULL AND hidden IS NULL)"
#define NAME(id)                                                                    \
    "coalesce((SELECT json_extract(json, '$.name') FROM owners WHERE id = " id ")," \
    " 'this school')"
/* clang-format on */

#endif
