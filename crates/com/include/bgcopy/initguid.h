/* Gives a program copies of its own of the ids that it names; before the headers that declare them. Part of bgcopy. */

#ifndef INITGUID
#define INITGUID
#endif

#include "guiddef.h"
