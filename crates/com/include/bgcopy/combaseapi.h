/* The name under which sources ask for the COM library. Part of bgcopy. */

#ifndef BGCOPY_COMBASEAPI_H
#define BGCOPY_COMBASEAPI_H

#include "objbase.h"

#endif
