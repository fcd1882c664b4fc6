#include "daemon/core/telling.h"

#include "daemon/core/compare.h"
#include "daemon/core/inner.h"
#include "daemon/core/stream.h"

enum {
    TELLING_MS = 20 * 1000,  /* who was removed has this long to hear of it */
    TELLING_QUIET_MS = 2000, /* it had it before when it says nothing for so long */
};

void telling_begin(struct node *node, struct session *session)
{
    session_move(node, session, SESSION_TELLING, "removed");
    session->telling_ms = node->now_ms;
    compare_on_removed(session);
    if (!stream_on_removed(session)) {
        session_end(node, session, WIRE_BYE_NOT_MEMBER, "removed; told when it calls again");
    }
}

static uint64_t quiet_ms(const struct session *session)
{
    uint64_t since =
        session->heard_ms > session->telling_ms ? session->heard_ms : session->telling_ms;
    return since + TELLING_QUIET_MS;
}

static bool is_told(struct node *node, struct session *session)
{
    struct compare *statements = compare_of_tag(session, &(struct space_tag){0});
    struct fold_device device;
    struct fold_item end;
    if (statements == NULL || statements->state != COMPARE_LIVE) return false;
    if (!stream_idle_on(node, session, &statements->set)) return false;
    if (node->now_ms >= quiet_ms(session)) return true;
    if (!fold_device(node->fold, &session->device, &device) ||
        !fold_find(node->fold, &device.ended, &end)) {
        return true; /* it came back, or nothing can be shown: it calls again */
    }
    struct link *link = session_link_find(session, &(struct chain){.device = end.device});
    return link != NULL && link->held >= end.seq; /* it said that this is on its disk */
}

void telling_step(struct node *node, struct session *session)
{
    bool late = node->now_ms >= session->telling_ms + TELLING_MS;
    if (late || is_told(node, session)) {
        session_end(node, session, WIRE_BYE_NOT_MEMBER, late ? "not told" : "told");
    }
}

uint64_t telling_due_ms(const struct node *node, const struct session *session)
{
    uint64_t last = session->telling_ms + TELLING_MS, quiet = quiet_ms(session);
    return quiet > node->now_ms && quiet < last ? quiet : last;
}
