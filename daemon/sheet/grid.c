#include "daemon/sheet/grid.h"

/* How many headers mean something (each place counts once), and how surely. */
struct fit {
    unsigned n, sure;
};

enum { PLACES_MAX = SPREAD_COLUMNS_MAX };

static void fit_cell(struct fit *fit, const struct header_book *book, const char *text,
                     struct header_place *places)
{
    struct header_place place;
    unsigned sure = *text == '\0' ? 0 : header_guess(book, text, &place);

    if (sure == 0 || fit->n == PLACES_MAX) return;
    for (unsigned i = 0; i < fit->n; i++) {
        if (header_place_eq(&places[i], &place)) return;
    }
    places[fit->n++] = place;
    fit->sure += sure;
}

static struct fit fit_row(const struct spread_row *row, const struct header_book *book)
{
    struct fit fit = {0};
    struct header_place places[PLACES_MAX];

    for (size_t i = 0; i < row->n; i++)
        fit_cell(&fit, book, row->cells[i], places);
    return fit;
}

static struct fit fit_column(const struct spread *cells, const struct header_book *book)
{
    struct fit fit = {0};
    struct header_place places[PLACES_MAX];

    for (size_t i = 0; i < cells->n && i < PLACES_MAX; i++)
        fit_cell(&fit, book, cells->rows[i].cells[0], places);
    return fit;
}

static bool better(const struct fit *a, const struct fit *b)
{
    return a->n > b->n || (a->n == b->n && a->sure > b->sure);
}

unsigned grid_find(struct grid *out, const struct spread *cells, const struct header_book *book)
{
    struct fit best = {0}, side;

    *out = (struct grid){.cells = cells};
    for (size_t i = 0; i < cells->n && i < GRID_HEADS_MAX; i++) {
        struct fit fit = fit_row(&cells->rows[i], book);

        if (!better(&fit, &best)) continue;
        best = fit;
        out->head = i;
    }
    side = fit_column(cells, book);
    if (cells->columns > 1 && side.n > 1 && better(&side, &best)) {
        best = side;
        out->turned = true;
        out->head = 0;
    }
    return best.n * 100 + (best.n == 0 ? 0 : best.sure / best.n);
}

size_t grid_columns(const struct grid *grid)
{
    return grid->turned ? grid->cells->n : grid->cells->columns;
}

size_t grid_records(const struct grid *grid)
{
    return grid->turned ? grid->cells->columns - 1 : grid->cells->n - grid->head - 1;
}

static const char *at(const struct grid *grid, size_t row, size_t column)
{
    const struct spread_row *of = &grid->cells->rows[row];

    return column < of->n ? of->cells[column] : "";
}

const char *grid_header(const struct grid *grid, size_t column)
{
    return grid->turned ? at(grid, column, 0) : at(grid, grid->head, column);
}

const char *grid_cell(const struct grid *grid, size_t record, size_t column)
{
    return grid->turned ? at(grid, column, record + 1)
                        : at(grid, grid->head + 1 + record, column);
}

size_t grid_line(const struct grid *grid, size_t record, size_t column)
{
    return grid->cells->rows[grid->turned ? column : grid->head + 1 + record].line;
}

size_t grid_record_line(const struct grid *grid, size_t record)
{
    return grid->turned ? record + 2 : grid->cells->rows[grid->head + 1 + record].line;
}
