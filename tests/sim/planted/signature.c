/* Planted: every envelope is well signed. */
#include "proto/envelope/envelope.h"

bool __wrap_envelope_verify_signature(const uint8_t header[ENVELOPE_HEADER_BYTES]);

bool __wrap_envelope_verify_signature(const uint8_t header[ENVELOPE_HEADER_BYTES])
{
    (void)header;
    return true;
}
