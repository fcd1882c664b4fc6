/*
 * folder.h: the data folder.
 *
 *   DATA/kith.conf  device.key  kithd.sock  lock  page-port
 *   DATA/networks/NAME/store/  view.sqlite
 *   DATA/schemas/TYPE.json     when the school has record types of its own (types.h)
 */
#ifndef APP_FOLDER_H
#define APP_FOLDER_H

#include <stdbool.h>
#include <stddef.h>

#include "proto/base/err.h"

enum { FOLDER_PATH_BYTES = 1024, FOLDER_NAME_BYTES = 33, FOLDER_NETWORKS_MAX = 16 };

/* DATA as an absolute path, made when it is not there (0700). SYSTEM, NO_SPACE. */
MUST_USE enum err folder_open(char out[FOLDER_PATH_BYTES], const char *data);
/*
 * Is there room for a school to begin? A store, its lock and a projection want 100 kB, and
 * LMDB's lock is written through a map, where a full disk is a signal and no error.
 */
bool folder_has_room(const char *data);
/* Holds DATA until the process ends. LOCKED when another kithd has it. */
MUST_USE enum err folder_lock(const char *data);

/* folder/name, or name alone when it has a slash. LIMIT when it is too long. */
MUST_USE enum err folder_path(char out[FOLDER_PATH_BYTES], const char *folder,
                              const char *name);
/* Makes DATA/networks/NAME and returns its path. */
MUST_USE enum err folder_network(char out[FOLDER_PATH_BYTES], const char *data,
                                 const char *name);
/* Names under DATA/networks, in order. Returns how many. */
size_t folder_networks(char out[FOLDER_NETWORKS_MAX][FOLDER_NAME_BYTES], const char *data);
/* Is there anything in its store? Of a network that was here: */
bool folder_network_is_kept(const char *data, const char *name);
/* … whose store is gone or empty, while its projection is still there: it was lost. */
bool folder_network_is_lost(const char *data, const char *name);
/* Takes away what was begun of a network, when it could not be made. */
void folder_network_drop(const char *data, const char *name);
/* The loopback port that the page had last, so that a tab finds it again after a restart: its
 * address is where the browser keeps what was typed. 0: not known. */
int folder_page_port(const char *data);
/* As well as it can: without it the tab is opened anew. */
void folder_keep_page_port(const char *data, int port);
/* a to z, 0 to 9 and hyphens, 1 to 32 of them. */
bool folder_name_is_good(const char *name);

#endif
