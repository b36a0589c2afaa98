/* A name of Windows: everything of BITS is in bits.h. Part of bgcopy. */

#include "bits.h"
