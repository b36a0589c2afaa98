/* The name under which sources ask for the COM library. Part of bgcopy. */

#ifndef BGCOPY_OLE2_H
#define BGCOPY_OLE2_H

#include "objbase.h"
#include "oleauto.h"

#endif
