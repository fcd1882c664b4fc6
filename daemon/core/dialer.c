#include "daemon/core/dialer.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/core/compare.h"
#include "daemon/core/inner.h"

enum {
    DIALER_FIRST_MS = 1000,         /* after the first failure; doubles */
    DIALER_LAST_MS = 5 * 60 * 1000, /* a school that is off is tried this often at the least */
    DIALER_CALLS_MAX = 8,           /* under way at once */
    DIALER_OTHERS_MAX = 6, /* sessions with members that are no buddy, hub or steward */
    DIALER_JOIN_MS = 2000, /* a joiner asks again whether it was admitted */
};

void dialer_fini(struct dialer *dialer)
{
    free(dialer->contacts);
    *dialer = (struct dialer){0};
}

static struct dialer_contact *by_transport(struct dialer *dialer,
                                           const struct transport_pk *transport)
{
    for (size_t i = 0; i < dialer->n; i++) {
        if (transport_pk_eq(&dialer->contacts[i].transport, transport)) {
            return &dialer->contacts[i];
        }
    }
    return NULL;
}

const struct dialer_contact *dialer_find(const struct node *node,
                                         const struct device_pk *device)
{
    for (size_t i = 0; i < node->dialer.n; i++) {
        if (device_pk_eq(&node->dialer.contacts[i].device, device)) {
            return &node->dialer.contacts[i];
        }
    }
    return NULL;
}

static struct dialer_contact *by_conn(struct dialer *dialer, uint64_t conn)
{
    for (size_t i = 0; i < dialer->n; i++) {
        if (dialer->contacts[i].conn == conn) return &dialer->contacts[i];
    }
    return NULL;
}

static struct dialer_contact *by_dial(struct dialer *dialer, uint64_t dial)
{
    for (size_t i = 0; i < dialer->n; i++) {
        if (dialer->contacts[i].dial == dial) return &dialer->contacts[i];
    }
    return NULL;
}

static struct dialer_contact *contact(struct node *node, const struct transport_pk *transport)
{
    struct dialer *dialer = &node->dialer;
    struct dialer_contact *found = by_transport(dialer, transport);
    if (found != NULL) return found;
    MEM_RESERVE(dialer->contacts, dialer->n, dialer->cap);
    found = &dialer->contacts[dialer->n++];
    *found = (struct dialer_contact){.transport = *transport, .next_ms = node->now_ms};
    return found;
}

/* Adds an address behind the others, unless it is there or there is no room. */
static void add_address(struct dialer_contact *contact, const char *address, size_t n)
{
    if (n == 0 || n > LIMIT_ADDRESS_BYTES || contact->addresses_n > LIMIT_ADDRESSES) return;
    for (size_t i = 0; i < contact->addresses_n; i++) {
        if (strlen(contact->addresses[i]) == n &&
            memcmp(contact->addresses[i], address, n) == 0) {
            return;
        }
    }
    char *to = contact->addresses[contact->addresses_n++];
    memcpy(to, address, n);
    to[n] = '\0';
}

static void addresses_of(struct node *node, struct dialer_contact *contact,
                         const struct device_pk *device)
{
    const struct beacons_kept *beacon = beacons_find(node, device);
    if (beacon == NULL) return;
    bool had_none = contact->addresses_n == 0;
    contact->addresses_n = 0;
    add_address(contact, contact->worked, strlen(contact->worked));
    for (size_t i = 0; i < beacon->body.n_addresses; i++) {
        add_address(contact, (const char *)beacon->body.addresses[i].p,
                    beacon->body.addresses[i].n);
    }
    if (had_none && contact->addresses_n > 0) contact->next_ms = node->now_ms;
}

/* The groups that this school is in: once for all devices, for a hub has a space a school. */
static size_t own_groups(const struct node *node, struct space_tag groups[LIMIT_GROUPS])
{
    size_t n = 0;
    for (size_t i = 0; i < node->books.spaces_n && n < LIMIT_GROUPS; i++) {
        struct fold_space space;
        const struct space_tag *tag = &node->books.spaces[i].tag;
        if (fold_space(node->fold, tag, &space) && space.space_class == SPACE_GROUP &&
            fold_part(node->fold, tag, &node->options.school) == FOLD_MEMBER) {
            groups[n++] = *tag;
        }
    }
    return n;
}

/* Buddies (a group in common), the hub and stewards are called first. */
static unsigned rank_of(const struct node *node, const struct fold_device *device,
                        const struct space_tag *groups, size_t groups_n)
{
    struct fold_school school;
    if (school_id_eq(&device->school, &node->options.school)) return 0;
    if (fold_school(node->fold, &device->school, &school) && (school.hub || school.steward)) {
        return 0;
    }
    for (size_t i = 0; i < groups_n; i++) {
        if (fold_part(node->fold, &groups[i], &device->school) == FOLD_MEMBER) return 0;
    }
    return 1;
}

/* A door of the join stays one until its device is known: the line may have been cut when this
   device had just read of its own admission, and nothing of whoever told it. */
static bool is_wanted(struct node *node, const struct dialer_contact *contact)
{
    struct fold_device device;
    if (contact->of_invite &&
        (node->state == NODE_JOINING ||
         !fold_device_by_transport(node->fold, &contact->transport, &device))) {
        return true;
    }
    return fold_device(node->fold, &contact->device, &device) && device.status == FOLD_LIVE;
}

/* Two live devices claim one transport key: the contact is the one's that had it first. */
static bool is_of_another(struct node *node, const struct dialer_contact *contact,
                          const struct fold_device *device)
{
    struct fold_device first;
    if (device_pk_is_zero(&contact->device) || device_pk_eq(&contact->device, &device->id)) {
        return false;
    }
    return fold_device_by_transport(node->fold, &device->transport, &first) &&
           !device_pk_eq(&first.id, &device->id);
}

void dialer_refresh(struct node *node)
{
    struct dialer *dialer = &node->dialer;
    if (node->fold == NULL) return;
    joins_contacts(node);
    struct space_tag groups[LIMIT_GROUPS];
    size_t groups_n = own_groups(node, groups);
    struct fold_device device;
    for (size_t i = 0; fold_device_at(node->fold, i, &device); i++) {
        if (device.status != FOLD_LIVE) continue;
        if (device_pk_eq(&device.id, &node->options.device_pk)) continue;
        struct dialer_contact *found = contact(node, &device.transport);
        if (is_of_another(node, found, &device)) continue;
        found->device = device.id;
        found->rank = rank_of(node, &device, groups, groups_n);
        addresses_of(node, found, &device.id);
    }
    for (size_t i = 0; i < dialer->n;) {
        struct dialer_contact *found = &dialer->contacts[i];
        found->wanted = is_wanted(node, found);
        /* Whose removal may yet be void keeps its place: how often it failed is not forgotten.
         */
        if (found->wanted || fold_device(node->fold, &found->device, &device)) {
            i++;
        } else {
            dialer->contacts[i] = dialer->contacts[--dialer->n];
        }
    }
}

/* joins.c names the stewards of its invite through this. */
void dialer_add_steward(struct node *node, const struct transport_pk *transport,
                        const char *address)
{
    struct dialer_contact *found = contact(node, transport);
    found->of_invite = true;
    add_address(found, address, strlen(address));
}

static void wait_longer(struct node *node, struct dialer_contact *contact)
{
    uint64_t wait = DIALER_FIRST_MS;
    for (unsigned i = 0; i < contact->failures && wait < DIALER_LAST_MS; i++)
        wait *= 2;
    if (wait > DIALER_LAST_MS) wait = DIALER_LAST_MS;
    if (node->state == NODE_JOINING && wait > DIALER_JOIN_MS) wait = DIALER_JOIN_MS;
    contact->failures++;
    if (contact->addresses_n > 0) contact->at = (contact->at + 1) % contact->addresses_n;
    contact->next_ms = node_jitter_ms(node, wait / 2, wait);
}

/*
 * Who has left, or was removed, still calls until somebody who holds that statement turns it
 * away: said with nobody else on the line, the others would never hear of it. Statements are
 * all that flows then: it is in no space any more.
 */
bool dialer_has_end_to_tell(const struct node *node)
{
    return node->state == NODE_ENDED && !node->dialer.told && node->fold != NULL;
}

uint64_t dialer_tick(struct node *node)
{
    struct dialer *dialer = &node->dialer;
    uint64_t wake = UINT64_MAX;
    size_t calls = 0, others = 0;
    if (node->state != NODE_MEMBER && node->state != NODE_JOINING &&
        !dialer_has_end_to_tell(node)) {
        return wake;
    }
    for (size_t i = 0; i < dialer->n; i++) {
        calls += dialer->contacts[i].dial != 0;
        others += dialer->contacts[i].rank > 0 && dialer->contacts[i].conn != 0;
    }
    for (unsigned rank = 0; rank <= 1; rank++) {
        for (size_t i = 0; i < dialer->n; i++) {
            struct dialer_contact *contact = &dialer->contacts[i];
            if (!contact->wanted || contact->rank != rank) continue;
            if (contact->dial != 0 || contact->conn != 0) continue;
            if (contact->addresses_n == 0 || (rank > 0 && others >= DIALER_OTHERS_MAX))
                continue;
            if (contact->next_ms > node->now_ms) {
                if (contact->next_ms < wake) wake = contact->next_ms;
                continue;
            }
            if (calls >= DIALER_CALLS_MAX) continue; /* the end of a call comes here again */
            calls++;
            others += rank > 0;
            contact->dial = ++dialer->next_dial;
            contact->at %= contact->addresses_n;
            out_dial(&node->out, contact->dial, contact->addresses[contact->at]);
        }
    }
    return wake;
}

void dialer_hurry(struct node *node)
{
    for (size_t i = 0; i < node->dialer.n; i++) {
        node->dialer.contacts[i].next_ms = node->now_ms;
        node->dialer.contacts[i].failures = 0;
    }
}

bool dialer_busy(const struct node *node)
{
    for (size_t i = 0; i < node->dialer.n; i++) {
        const struct dialer_contact *contact = &node->dialer.contacts[i];
        if (!contact->wanted || contact->conn != 0 || contact->addresses_n == 0) continue;
        if (contact->dial != 0 || contact->failures == 0) return true;
    }
    return false;
}

bool dialer_on_opened(struct node *node, struct session *session, struct dialer_target *target)
{
    struct dialer_contact *contact = by_dial(&node->dialer, session->dial);
    if (contact == NULL) return false;
    contact->conn = session->conn;
    contact->dial = 0;
    *target =
        (struct dialer_target){.transport = contact->transport, .device = contact->device};
    /* Every second try is a member's: a school may be in by an invite that it has forgotten. */
    target->joining =
        contact->of_invite && contact->failures % 2 == 0 && joins_wants(node, &target->invite);
    return true;
}

void dialer_on_failed(struct node *node, uint64_t dial)
{
    struct dialer_contact *contact = by_dial(&node->dialer, dial);
    if (contact == NULL) return;
    contact->dial = 0;
    wait_longer(node, contact);
}

void dialer_on_known(struct node *node, struct session *session)
{
    struct dialer_contact *contact = by_transport(&node->dialer, &session->transport);
    if (contact == NULL) return;
    contact->conn = session->conn;
    contact->heard_wall_s = node->wall_s;
    if (session->dial != 0) memcpy(contact->worked, session->address, sizeof(contact->worked));
}

void dialer_on_hello(struct node *node, struct session *session)
{
    struct dialer_contact *contact = by_transport(&node->dialer, &session->transport);
    if (contact == NULL) return;
    contact->failures = 0;
    contact->turned_away = false;
}

void dialer_on_gone(struct node *node, struct session *session)
{
    struct dialer_contact *contact = by_conn(&node->dialer, session->conn);
    if (contact == NULL) return;
    contact->conn = 0;
    if (session->hello_heard) {
        contact->heard_wall_s = node->wall_s;
        uint64_t soon = node_jitter_ms(node, DIALER_FIRST_MS / 4, DIALER_FIRST_MS);
        /* It called us: that says nothing of the address that failed before. */
        if (contact->failures == 0 || contact->next_ms < soon) contact->next_ms = soon;
    } else {
        wait_longer(node, contact);
    }
}

void dialer_on_refused(struct node *node, struct session *session)
{
    struct dialer_contact *contact = by_conn(&node->dialer, session->conn);
    if (contact == NULL) return;
    contact->conn = 0;
    wait_longer(node, contact);
}

/* Somebody else is there to be told than the device that ended us. */
static bool others_wait(const struct node *node, const struct device_pk *by)
{
    for (size_t i = 0; i < node->dialer.n; i++) {
        const struct dialer_contact *contact = &node->dialer.contacts[i];
        if (contact->wanted && contact->addresses_n > 0 && !device_pk_eq(&contact->device, by))
            return true;
    }
    return false;
}

/*
 * Its owner counted us out before this session began (what it heard just now may not be on its
 * disk), and is not the one who did it and may have no line to the others.
 */
static bool knew(struct node *node, struct session *session)
{
    struct compare *statements = compare_of_tag(session, &(struct space_tag){0});
    struct fold_device own;
    struct fold_item end;
    if (session->hello_heard && (statements == NULL || statements->moved)) return false;
    if (!fold_device(node->fold, &node->options.device_pk, &own) ||
        !fold_find(node->fold, &own.ended, &end)) {
        return true;
    }
    return !device_pk_eq(&session->device, &end.device) || !others_wait(node, &end.device);
}

void dialer_on_bye(struct node *node, struct session *session, uint8_t reason)
{
    struct dialer_contact *contact = by_conn(&node->dialer, session->conn);
    if (reason == WIRE_BYE_NOT_MEMBER && node->state == NODE_ENDED && knew(node, session)) {
        node->dialer.told = true;
    }
    if (contact == NULL || reason == WIRE_BYE_DUPLICATE || reason == WIRE_BYE_JOINED) return;
    contact->turned_away = reason == WIRE_BYE_NOT_MEMBER && node->state == NODE_MEMBER;
    contact->away = reason == WIRE_BYE_NOT_MEMBER ? contact->away + 1 : 0;
    if (contact->failures < contact->away) contact->failures = contact->away;
    contact->conn = 0;
    wait_longer(node, contact);
}
