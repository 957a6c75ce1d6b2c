/* sep.h takes size_t for granted. */
#include <stddef.h>
#include <sep.h>
