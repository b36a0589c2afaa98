/* Words of the command line as UTF-16, and UTF-16 for the terminal: what wmain and wprintf do on Windows. */

#ifndef TEXT_H
#define TEXT_H

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uchar.h>
#include <wchar.h>

#include <windows.h>

/* In the locale that setlocale chose. The caller frees it. */
static inline WCHAR *Wide(const char *text)
{
    size_t size = strlen(text) + 1, at = 0;
    WCHAR *units = (WCHAR *)calloc(size, sizeof(WCHAR));
    mbstate_t state;
    memset(&state, 0, sizeof state);
    while (units && at + 1 < size) {
        char16_t unit;
        size_t read = mbrtoc16(&unit, text, MB_LEN_MAX, &state);
        if (read == 0 || read == (size_t)-1 || read == (size_t)-2)
            break;
        units[at++] = (WCHAR)unit;
        /* -3 is the second half of a pair, for which nothing more is read. */
        if (read != (size_t)-3)
            text += read;
    }
    return units;
}

static inline void Print(const char *label, const WCHAR *text)
{
    char bytes[MB_LEN_MAX];
    mbstate_t state;
    memset(&state, 0, sizeof state);
    fputs(label, stdout);
    for (; text && *text; text++) {
        size_t length = c16rtomb(bytes, (char16_t)*text, &state);
        if (length != (size_t)-1)
            fwrite(bytes, 1, length, stdout);
    }
    putchar('\n');
}

#endif
