/*
 * routes.h: every route, in one table: from it come the handlers' prototypes, the matching,
 * GET /v1/routes, and the test that holds docs/API.md against it.
 */
#ifndef API_ROUTES_H
#define API_ROUTES_H

#include <stdbool.h>
#include <stddef.h>

#include "daemon/api/call.h"

/* What must be so before the handler is called. */
enum route_needs { NEEDS_NONE, NEEDS_INITIALISED, NEEDS_MEMBER };
/* Where it is offered: anywhere, or only on the unix socket, or only to the page. */
enum route_face { FACE_ANY, FACE_UNIX, FACE_PAGE, FACE_OPEN /* the page, before its cookie */ };
enum route_body { BODY_NONE, BODY_JSON, BODY_BUNDLE, BODY_IMPORT, BODY_TABLE, BODY_FILE };

#define N "/v1/networks/{network}"
/* X(method, path, handler, needs, face, body, query parameters, summary) */
#define ROUTE_TABLE(X)                                                                         \
    X("GET", "/v1/version", about_version, NONE, ANY, NONE, "", "what runs here")              \
    X("GET", "/v1/routes", about_routes, NONE, ANY, NONE, "", "this table")                    \
    X("GET", "/v1/metrics", about_metrics, NONE, ANY, NONE, "", "counters since start")        \
    X("GET", "/v1/schemas", schemas_list, NONE, ANY, NONE, "", "the record types")             \
    X("GET", "/v1/schemas/{type}", schemas_show, NONE, ANY, NONE, "", "the schema of a type")  \
    X("GET", "/v1/templates/{name}", tables_template, NONE, ANY, NONE, "",                     \
      "an empty table to fill in")                                                             \
    X("POST", "/v1/init", joining_init, NONE, ANY, JSON, "",                                   \
      "make the school and this device")                                                       \
    X("GET", "/v1/networks", status_networks, NONE, ANY, NONE, "", "the networks here")        \
    X("GET", "/v1/events", events_stream, NONE, ANY, NONE, "last", "a stream of what changes") \
    X("POST", "/v1/shutdown", about_shutdown, NONE, UNIX, NONE, "", "end the daemon")          \
    X("POST", "/v1/page/links", page_link, NONE, UNIX, NONE, "", "a link that opens the page") \
    X("GET", "/open", page_open, NONE, OPEN, NONE, "token", "turn a link into a cookie")       \
    X("GET", "/", page_app_show, NONE, PAGE, NONE, "", "the page")                             \
    X("GET", "/page/{file}", page_app_file, NONE, PAGE, NONE, "", "what it is made of")        \
    X("GET", "/plain", page_show, NONE, PAGE, NONE, "", "how things stand, without scripts")   \
    X("GET", "/page.css", page_style, NONE, PAGE, NONE, "", "its style sheet")                 \
    X("GET", N, status_network, INITIALISED, ANY, NONE, "after", "one network")                \
    X("GET", N "/status", status_show, INITIALISED, ANY, NONE, "after", "how things stand")    \
    X("GET", N "/peers", about_peers, INITIALISED, ANY, NONE, "",                              \
      "other devices, as heard of")                                                            \
    X("GET", N "/spaces", about_spaces, INITIALISED, ANY, NONE, "class",                       \
      "what is stored here")                                                                   \
    X("POST", N "/sync", moving_sync, MEMBER, ANY, JSON, "", "call peers now")                 \
    X("PUT", N "/addresses", joining_addresses, INITIALISED, ANY, JSON, "",                    \
      "where this device can be reached")                                                      \
    X("POST", N "/found", joining_found, INITIALISED, ANY, JSON, "", "found a network")        \
    X("POST", N "/join", joining_join, INITIALISED, ANY, JSON, "", "ask to be admitted")       \
    X("POST", N "/enlist", joining_enlist, INITIALISED, ANY, JSON, "",                         \
      "add this device to a school")                                                           \
    X("GET", N "/invites", invites_list, MEMBER, ANY, NONE, "", "invites")                     \
    X("POST", N "/invites", invites_create, MEMBER, ANY, JSON, "", "make an invite")           \
    X("DELETE", N "/invites/{invite}", invites_void, MEMBER, ANY, NONE, "", "void an invite")  \
    X("GET", N "/requests", invites_requests, MEMBER, ANY, NONE, "",                           \
      "who asks to be admitted")                                                               \
    X("POST", N "/requests/{invite}/approve", invites_approve, MEMBER, ANY, JSON, "", "admit") \
    X("POST", N "/requests/{invite}/deny", invites_deny, MEMBER, ANY, NONE, "", "turn away")   \
    X("GET", N "/members", members_list, MEMBER, ANY, NONE, "", "the schools")                 \
    X("DELETE", N "/members/{school}", members_remove, MEMBER, ANY, NONE, "",                  \
      "remove a school")                                                                       \
    X("GET", N "/devices", members_devices, MEMBER, ANY, NONE, "school", "the devices")        \
    X("POST", N "/devices/code", joining_code, MEMBER, ANY, NONE, "",                          \
      "what a new device needs")                                                               \
    X("DELETE", N "/devices/{device}", members_device_remove, MEMBER, ANY, JSON, "",           \
      "end a device")                                                                          \
    X("POST", N "/roles", members_role, MEMBER, ANY, JSON, "", "give or take a role")          \
    X("GET", N "/proposals", proposals_list, MEMBER, ANY, NONE, "",                            \
      "acts that wait for assent")                                                             \
    X("POST", N "/statements/{statement}/assent", members_assent, MEMBER, ANY, NONE, "",       \
      "assent")                                                                                \
    X("POST", N "/succession", members_succession, MEMBER, ANY, JSON, "",                      \
      "hand over the hub's role")                                                              \
    X("POST", N "/root/rotate", members_rotate, MEMBER, ANY, JSON, "", "twelve new words")     \
    X("POST", N "/leave", members_leave, MEMBER, ANY, JSON, "", "leave the network")           \
    X("GET", N "/buddies", spaces_buddies, MEMBER, ANY, NONE, "after",                         \
      "the groups of this school")                                                             \
    X("POST", N "/buddies", spaces_propose, MEMBER, ANY, JSON, "", "propose to be buddies")    \
    X("POST", N "/buddies/{space}/accept", spaces_accept, MEMBER, ANY, NONE, "", "accept it")  \
    X("DELETE", N "/buddies/{space}", spaces_leave, MEMBER, ANY, NONE, "", "end it")           \
    X("GET", N "/carry", spaces_carry, MEMBER, ANY, NONE, "", "what is stored for others")     \
    X("POST", N "/carry/{space}/accept", spaces_carry_accept, MEMBER, ANY, NONE, "",           \
      "carry it")                                                                              \
    X("DELETE", N "/carry/{space}", spaces_carry_end, MEMBER, ANY, NONE, "",                   \
      "stop carrying it")                                                                      \
    X("PUT", N "/spaces/{space}/carriers", spaces_carriers, MEMBER, ANY, JSON, "",             \
      "who carries a space of ours")                                                           \
    X("POST", N "/spaces/{space}/rotate", spaces_rotate, MEMBER, ANY, NONE, "",                \
      "a new key for a space")                                                                 \
    X("GET", N "/records", records_list, INITIALISED, ANY, NONE,                               \
      "type state flag owner mine audience text link since full archived limit cursor after",  \
      "records")                                                                               \
    X("POST", N "/records", records_add, INITIALISED, ANY, JSON, "", "a new record")           \
    X("GET", N "/records/{record}", records_show, INITIALISED, ANY, NONE, "after", "a record") \
    X("PATCH", N "/records/{record}", records_edit, INITIALISED, ANY, JSON, "",                \
      "edit a record")                                                                         \
    X("GET", N "/records/{record}/history", records_history, INITIALISED, ANY, NONE,           \
      "limit after", "a record with its revisions")                                            \
    X("POST", N "/records/{record}/hide", records_hide, MEMBER, ANY, JSON, "",                 \
      "hide or show a record of the network")                                                  \
    X("GET", N "/records/{record}/feedback", records_feedback, INITIALISED, ANY, NONE,         \
      "limit full after", "the feedback on a record")                                          \
    X("POST", N "/records/{record}/feedback", records_feedback_add, MEMBER, ANY, JSON, "",     \
      "give feedback")                                                                         \
    X("GET", N "/records/{record}/tests", records_tests, INITIALISED, ANY, NONE, "after",      \
      "an idea with its tests")                                                                \
    X("GET", N "/feedback", records_feedback_all, INITIALISED, ANY, NONE, "which after",       \
      "feedback given, got and owed")                                                          \
    X("POST", N "/cycles", cycles_new, INITIALISED, ANY, JSON, "", "a new cycle")              \
    X("POST", N "/cycles/{record}/plan", cycles_plan, INITIALISED, ANY, JSON, "",              \
      "write Plan")                                                                            \
    X("POST", N "/cycles/{record}/do", cycles_do, INITIALISED, ANY, JSON, "", "write Do")      \
    X("POST", N "/cycles/{record}/study", cycles_study, INITIALISED, ANY, JSON, "",            \
      "write Study")                                                                           \
    X("POST", N "/cycles/{record}/act", cycles_act, INITIALISED, ANY, JSON, "",                \
      "write Act; adapt opens the next cycle")                                                 \
    X("POST", N "/cycles/{record}/withdraw", cycles_withdraw, INITIALISED, ANY, JSON, "",      \
      "withdraw it, with a reason")                                                            \
    X("POST", N "/cycles/{record}/state", cycles_state, INITIALISED, ANY, JSON, "",            \
      "pause, go on, close")                                                                   \
    X("POST", N "/cycles/{record}/next", cycles_next, INITIALISED, ANY, JSON, "",              \
      "the next cycle of the ramp")                                                            \
    X("GET", N "/board", reading_board, INITIALISED, ANY, NONE, "owner limit after",           \
      "cycles by state")                                                                       \
    X("GET", N "/records/{record}/share", sharing_screen, MEMBER, ANY, NONE, "with after",     \
      "what will be read")                                                                     \
    X("POST", N "/records/{record}/share", sharing_share, MEMBER, ANY, JSON, "", "share it")   \
    X("POST", N "/records/{record}/unshare", erasing_unshare, MEMBER, ANY, JSON, "",           \
      "take it back")                                                                          \
    X("POST", N "/records/{record}/erase", erasing_record, MEMBER, ANY, JSON, "",              \
      "erase it everywhere, for good")                                                         \
    X("GET", N "/retention", erasing_retention, INITIALISED, ANY, NONE, "after",               \
      "what is older than the school keeps")                                                   \
    X("POST", N "/retention/erase", erasing_retire, MEMBER, ANY, JSON, "",                     \
      "erase some of it")                                                                      \
    X("POST", N "/look", sharing_look, INITIALISED, ANY, JSON, "",                             \
      "what in a text may tell who a student is")                                              \
    X("GET", N "/sharing-log", settings_sharing_log, INITIALISED, ANY, NONE, "",               \
      "what was shared by whom")                                                               \
    X("GET", N "/names", settings_names, INITIALISED, ANY, NONE, "", "names to point at")      \
    X("PUT", N "/names", settings_names_put, INITIALISED, ANY, JSON, "", "set them")           \
    X("GET", N "/settings", settings_show, INITIALISED, ANY, NONE, "",                         \
      "the school's settings")                                                                 \
    X("PATCH", N "/settings", settings_edit, INITIALISED, ANY, JSON, "", "change them")        \
    X("GET", N "/drafts", settings_drafts, INITIALISED, ANY, NONE, "", "drafts")               \
    X("GET", N "/drafts/{draft}", settings_draft, INITIALISED, ANY, NONE, "", "a draft")       \
    X("PUT", N "/drafts/{draft}", settings_draft_put, INITIALISED, ANY, JSON, "",              \
      "keep a draft")                                                                          \
    X("DELETE", N "/drafts/{draft}", settings_draft_delete, INITIALISED, ANY, NONE, "",        \
      "drop a draft")                                                                          \
    X("GET", N "/feed", reading_feed, INITIALISED, ANY, NONE,                                  \
      "type owner others limit cursor after", "what arrived")                                  \
    X("GET", N "/search", reading_search, INITIALISED, ANY, NONE,                              \
      "q type owner limit cursor after", "search")                                             \
    X("GET", N "/unreadable", reading_unreadable, INITIALISED, ANY, NONE, "limit after",       \
      "what does not read, and why")                                                           \
    X("GET", N "/tally", reading_tally, INITIALISED, ANY, NONE, "survey type round after",     \
      "what several people say together")                                                      \
    X("GET", N "/reports", reading_reports, INITIALISED, ANY, NONE, "", "the reports")         \
    X("GET", N "/reports/{report}", reading_report, INITIALISED, ANY, NONE,                    \
      "days from to group format after", "a report")                                           \
    X("GET", N "/digest", reading_digest, INITIALISED, ANY, NONE, "days format after",         \
      "what a team should know of the last days")                                              \
    X("GET", N "/calendar.ics", reading_calendar, INITIALISED, ANY, NONE, "after",             \
      "due dates for a calendar")                                                              \
    X("GET", N "/measures/{record}/chart", measures_chart, INITIALISED, ANY, NONE,             \
      "of group groups from until limits after", "a measure as a run chart")                   \
    X("GET", N "/measures/{record}/chart.svg", measures_svg, INITIALISED, ANY, NONE,           \
      "of group groups from until limits after", "the same, drawn")                            \
    X("GET", N "/measures/{record}/grid", measures_grid, INITIALISED, ANY, NONE,               \
      "from until after", "a measure's numbers to fill in")                                    \
    X("POST", N "/measures/{record}/points", measures_points, INITIALISED, ANY, JSON, "",      \
      "numbers, one or many, checked first")                                                   \
    X("GET", N "/measures/{record}/release", measures_release, INITIALISED, ANY, NONE,         \
      "period least after", "what would be published of a period")                             \
    X("POST", N "/measures/{record}/release", measures_publish, MEMBER, ANY, JSON, "",         \
      "make that a release")                                                                   \
    X("POST", N "/artifacts", artifacts_add, INITIALISED, ANY, FILE,                           \
      "name title kind media note about person", "a file as a record")                         \
    X("GET", N "/records/{record}/file", artifacts_fetch, INITIALISED, ANY, NONE, "after",     \
      "the file of an artifact")                                                               \
    X("GET", N "/records/{record}/file/state", artifacts_state, INITIALISED, ANY, NONE,        \
      "after", "how much of it is here")                                                       \
    X("DELETE", N "/records/{record}/file", artifacts_drop, INITIALISED, ANY, NONE, "",        \
      "forget this computer's copy of another school's file")                                  \
    X("POST", N "/bundles/write", moving_bundle_write, MEMBER, ANY, JSON, "",                  \
      "a file for a stick")                                                                    \
    X("POST", N "/bundles/read", moving_bundle_read, MEMBER, ANY, BUNDLE, "", "take one in")   \
    X("GET", N "/export", moving_export, INITIALISED, ANY, NONE, "mine after", "JSON lines")   \
    X("POST", N "/import", moving_import, INITIALISED, ANY, IMPORT, "adopt", "JSON lines")     \
    X("GET", N "/changes", copies_changes, INITIALISED, ANY, NONE,                             \
      "since cursor limit type mine after", "what changed, for a copy elsewhere")              \
    X("GET", N "/tables", copies_tables, INITIALISED, ANY, NONE, "mine after",                 \
      "the types that there are records of")                                                   \
    X("GET", N "/tables/{type}", copies_table, INITIALISED, ANY, NONE, "mine after",           \
      "the records of a type as CSV")                                                          \
    X("POST", N "/tables", tables_read, INITIALISED, ANY, TABLE, "after",                      \
      "what a spreadsheet says, and its writing")                                              \
    X("POST", N "/doctor", jobs_doctor, INITIALISED, ANY, JSON, "", "verify everything")       \
    X("GET", N "/jobs/{job}", jobs_show, INITIALISED, ANY, NONE, "", "how far long work is")

struct route {
    const char *method, *path;
    call_fn handler;
    enum route_needs needs;
    enum route_face face;
    enum route_body body;
    const char *query; /* names, separated by spaces */
    const char *summary;
};

#define X(method, path, handler, needs, face, body, query, summary) \
    void handler(struct call *call);
ROUTE_TABLE(X)
#undef X

extern const struct route routes_all[];
extern const size_t routes_n;

/* What the segments in {…} are, escaped as they came; borrowed from path. */
struct routes_segment {
    const char *p;
    size_t n;
};
struct routes_match {
    const struct route *route; /* NULL: no such path, or (known) not with this method */
    bool known;
    struct routes_segment segments[CALL_SEGMENTS_MAX + 1];
    size_t segments_n;
};
void routes_match(struct routes_match *out, const char *method, const char *path);
/* Is it a path of one network: then the first segment names it. */
bool routes_has_network(const struct route *route);
size_t routes_body_max(const struct route *route);
const char *routes_needs_name(enum route_needs needs);
bool routes_query_known(const struct route *route, const char *name);

#endif
