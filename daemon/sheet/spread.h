/*
 * spread.h: a table's bytes as cells, whatever a spreadsheet made of them: comma, semicolon,
 * tab or bar; UTF-8 with or without its mark, UTF-16, Windows-1252; any line ends; quotes where
 * they should be. (proto/base/csv.h reads what is known to be well-formed, and writes.)
 */
#ifndef SHEET_SPREAD_H
#define SHEET_SPREAD_H

#include <stdbool.h>
#include <stddef.h>

#include "proto/base/err.h"
#include "proto/base/mem.h"

enum {
    SPREAD_BYTES_MAX = 4 * 1024 * 1024, /* a year of a large team is a tenth of that */
    SPREAD_ROWS_MAX = 2100, /* a header, its preamble, and SHEET_LINES_MAX records */
    SPREAD_COLUMNS_MAX = 256,
    SPREAD_CELL_BYTES_MAX = 32 * 1024,
};

/* X(NAME, name in the API) */
#define SPREAD_ENCODINGS(X) \
    X(AUTO, "auto")         \
    X(UTF8, "utf-8")        \
    X(UTF16, "utf-16")      \
    X(W1252, "windows-1252")

enum spread_encoding {
#define X(name, text) SPREAD_##name,
    SPREAD_ENCODINGS(X)
#undef X
        SPREAD_ENCODING_COUNT
};
const char *spread_encoding_name(enum spread_encoding encoding);
/* False for an unknown name. */
bool spread_encoding_of(const char *name, enum spread_encoding *out);

struct spread_row {
    size_t line;        /* of the file, from 1: where the row begins */
    const char **cells; /* trimmed, in UTF-8, lines of a cell end in \n; never NULL */
    size_t n;
};

struct spread_options {
    enum spread_encoding encoding;
    char delimiter; /* ',' ';' '\t' '|'; 0: look */
};

/* All zero is empty. Everything lies in the arena. */
struct spread {
    struct arena arena;
    struct spread_row *rows; /* those that have something in them */
    size_t n, cap;
    size_t columns; /* the widest row's */
    enum spread_encoding encoding;
    bool guessed; /* nothing in the file says that it is Windows-1252 */
    char delimiter;
};

struct spread_problem {
    size_t line; /* 0: of the whole file */
    char text[160];
};

/*
 * MALFORMED: no text, a quote that does not end. TOO_BIG: over a bound. *problem says where and
 * what to do. A cell that csv_put_text marked loses its mark.
 */
MUST_USE enum err spread_read(struct spread *out, struct slice bytes,
                              const struct spread_options *options,
                              struct spread_problem *problem);
void spread_fini(struct spread *cells);

#endif
