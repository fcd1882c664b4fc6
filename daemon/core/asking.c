#include "daemon/core/asking.h"

#include "daemon/core/inner.h"

static bool was_tried(const struct asking *asking, uint64_t conn)
{
    for (size_t i = 0; i < asking->tried_n; i++) {
        if (asking->tried[i] == conn) return true;
    }
    return false;
}

struct session *asking_next(struct node *node, struct asking *asking)
{
    asking->conn = 0;
    for (size_t i = 0; i < node->sessions.n && asking->tried_n < ASKING_PEERS_MAX; i++) {
        struct session *session = node->sessions.all[i];
        if (session->state != SESSION_OPEN || was_tried(asking, session->conn)) continue;
        asking->conn = asking->tried[asking->tried_n++] = session->conn;
        asking->number = ++node->next_question;
        asking->since_ms = node->now_ms;
        return session;
    }
    return NULL;
}

bool asking_is_lost(const struct node *node, const struct asking *asking)
{
    for (size_t i = 0; i < node->sessions.n; i++) {
        const struct session *session = node->sessions.all[i];
        if (session->conn != asking->conn) continue;
        return session->state != SESSION_OPEN ||
               node->now_ms >= asking->since_ms + ASKING_ANSWER_MS;
    }
    return true;
}

bool asking_is(const struct asking *asking, const struct session *session, uint32_t number)
{
    return asking->conn == session->conn && asking->number == number;
}
