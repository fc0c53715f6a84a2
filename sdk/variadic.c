/*
 * The functions of the SDK that take any number of arguments: C is needed to take them from the call, and does
 * no more. The runtime says which kinds of arguments a format asks for, and does the formatting.
 */
#include "jde.h"

#define ARGUMENTS_MAX 64
#define NARROW 0
#define WIDE 1

enum kind { KIND_INT = 1, KIND_LONG = 2, KIND_REAL = 3, KIND_LONG_REAL = 4, KIND_POINTER = 5 };

struct argument {
    int64_t whole;
    double real;
    const void *pointer;
};

/* What the runtime offers to this file alone. */
extern int packwright_format_kinds(const void *format, int wide, uint8_t *kinds);
extern int packwright_format(void *text, size_t size, const void *format, int wide, const struct argument *arguments, int count);
extern int packwright_format_file(FILE *file, int converted, const JCHAR *format, const struct argument *arguments, int count);
extern void packwright_trace(const JCHAR *format, const struct argument *arguments, int count);
extern int packwright_scan_count(const void *format, int wide);
extern int packwright_scan(const void *text, const void *format, int wide, void *const *places, int count);

/* A size that no text reaches: the runtime bounds what it writes. */
#define UNBOUNDED ((size_t)-1 / sizeof(JCHAR))

static int take(const void *format, int wide, va_list list, struct argument *arguments)
{
    uint8_t kinds[ARGUMENTS_MAX];
    int count = packwright_format_kinds(format, wide, kinds);
    for (int i = 0; i < count; i++) {
        arguments[i] = (struct argument){0, 0.0, NULL};
        switch (kinds[i]) {
        case KIND_INT: arguments[i].whole = va_arg(list, int); break;
        case KIND_LONG: arguments[i].whole = va_arg(list, long); break;
        case KIND_REAL: arguments[i].real = va_arg(list, double); break;
        case KIND_LONG_REAL: arguments[i].real = (double)va_arg(list, long double); break;
        case KIND_POINTER: arguments[i].pointer = va_arg(list, void *); break;
        }
    }
    return count;
}

static int format_text(void *text, size_t size, const void *format, int wide, va_list list)
{
    struct argument arguments[ARGUMENTS_MAX];
    int count = take(format, wide, list, arguments);
    return packwright_format(text, size, format, wide, arguments, count);
}

static int format_file(FILE *file, int converted, const JCHAR *format, va_list list)
{
    struct argument arguments[ARGUMENTS_MAX];
    int count = take(format, WIDE, list, arguments);
    return packwright_format_file(file, converted, format, arguments, count);
}

static int scan_text(const void *text, const void *format, int wide, va_list list)
{
    void *places[ARGUMENTS_MAX];
    int count = packwright_scan_count(format, wide);
    for (int i = 0; i < count; i++)
        places[i] = va_arg(list, void *);
    return packwright_scan(text, format, wide, places, count);
}

/* The body of a variadic function: its list begins behind the format. */
#define WITH_LIST(format, expression) \
    va_list list;                     \
    va_start(list, format);           \
    int result = (expression);        \
    va_end(list);                     \
    return result

int jdeSprintf(JCHAR *text, const JCHAR *format, ...)
{
    WITH_LIST(format, format_text(text, UNBOUNDED, format, WIDE, list));
}

int jdeSnprintf(JCHAR *text, size_t size, const JCHAR *format, ...)
{
    WITH_LIST(format, format_text(text, size, format, WIDE, list));
}

int jdeVsprintf(JCHAR *text, const JCHAR *format, va_list arguments)
{
    return format_text(text, UNBOUNDED, format, WIDE, arguments);
}

int jdeVsnprintf(JCHAR *text, size_t size, const JCHAR *format, va_list arguments)
{
    return format_text(text, size, format, WIDE, arguments);
}

int jdeSscanf(const JCHAR *text, const JCHAR *format, ...)
{
    WITH_LIST(format, scan_text(text, format, WIDE, list));
}

int jdeZSprintf(ZCHAR *text, const ZCHAR *format, ...)
{
    WITH_LIST(format, format_text(text, UNBOUNDED, format, NARROW, list));
}

int jdeZSnprintf(ZCHAR *text, size_t size, const ZCHAR *format, ...)
{
    WITH_LIST(format, format_text(text, size, format, NARROW, list));
}

int jdeZVsprintf(ZCHAR *text, const ZCHAR *format, va_list arguments)
{
    return format_text(text, UNBOUNDED, format, NARROW, arguments);
}

int jdeZVsnprintf(ZCHAR *text, size_t size, const ZCHAR *format, va_list arguments)
{
    return format_text(text, size, format, NARROW, arguments);
}

int jdeZSscanf(const ZCHAR *text, const ZCHAR *format, ...)
{
    WITH_LIST(format, scan_text(text, format, NARROW, list));
}

int jdeFprintf(FILE *file, const JCHAR *format, ...)
{
    WITH_LIST(format, format_file(file, 0, format, list));
}

int jdeFprintfConvert(LPBHVRCOM lpBhvrCom, FILE *file, const JCHAR *format, ...)
{
    (void)lpBhvrCom;
    WITH_LIST(format, format_file(file, 1, format, list));
}

void jdeTraceSz(HUSER user, const JCHAR *format, ...)
{
    struct argument arguments[ARGUMENTS_MAX];
    va_list list;
    (void)user;
    va_start(list, format);
    int count = take(format, WIDE, list, arguments);
    va_end(list);
    packwright_trace(format, arguments, count);
}
