#include "daemon/app/moves.h"

#include <string.h>

#include "daemon/app/log.h"

void moves_log(const char *network, const struct update_trace *traces, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const struct update_trace *trace = &traces[i];
        bool rare = strcmp(trace->machine, "session") != 0;
        struct log_line line;

        log_begin(&line, rare ? LOG_INFO : LOG_DEBUG, LOG_NODE, "moved");
        log_text(&line, "network", network);
        log_text(&line, "machine", trace->machine);
        if (trace->conn != 0) log_number(&line, "conn", (int64_t)trace->conn);
        log_text(&line, "from", trace->from);
        log_text(&line, "to", trace->to);
        log_text(&line, "why", trace->why);
        if (trace->number != 0) log_number(&line, "number", (int64_t)trace->number);
        log_end(&line);
    }
}

void moves_log_slow(enum event_kind kind, uint64_t ms)
{
    struct log_line line;

    log_begin(&line, LOG_WARN, LOG_NODE, "slow");
    log_number(&line, "event", kind);
    log_number(&line, "ms", (int64_t)ms);
    log_end(&line);
}
