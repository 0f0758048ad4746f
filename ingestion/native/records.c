/*
 * The landing's two loops over bytes: `follow` goes from each record of a batch to the next, `walk`
 * tells which values are plain events and copies out what is in them, so that the bytes they came in
 * can go. Both say what the numpy code beside them says (ingestion/records.py,
 * ingestion/contracts/plain.py); tests hold them together.
 *
 * Bytes come from anybody. Whatever is read is first held against the end of its record, and that
 * against the end of the body it is in. Nothing is allocated: what is copied goes into the room that
 * the caller gives, and nowhere behind it.
 * Why this is C: docs/decisions/two-loops-in-c.md
 */
#include <stdint.h>
#include <string.h>

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "the first byte of a word has to be its lowest"
#endif

enum { INLINE = 12, CHOICE = 16, MOST_DIGITS = 16 };

/* The bytes of some records; a view array can point into several of them. */
typedef struct {
    const uint8_t *bytes;
    int64_t size;
} Body;

/* One value of an Arrow view array: held itself, or its first four bytes, in which body, and where. */
typedef struct {
    uint32_t size;
    uint8_t rest[INLINE];
} View;

/* What a value can be; ingestion/contracts/compiled.py has the same order. */
enum { ID, TEXT, FEW, INTEGER, BOOLEAN, INSTANT, LONGER_WAY };

/* A name and its value, and the columns that the values go to. */
typedef struct {
    const uint8_t *before; /* all that stands between the value before and this one */
    int64_t before_size;
    int64_t shape, required;
    int64_t low, high;      /* bytes of a text, or the bounds of a number */
    const uint8_t *choices; /* of FEW: CHOICE bytes each, with zeros behind */
    int64_t choice_count;
    int64_t may_ask; /* of FEW: how often another value may be asked about */
    View absent;     /* where there is none; of a BOOLEAN `size` is the truth */
    int64_t absent_is_valid;
    View last;       /* the value that was copied out last: many are the same as the one before */
    uint8_t found[CHOICE]; /* of FEW: the choice that was found last */
    int64_t found_size;
    void *column;   /* views, 64-bit numbers, or bits that are zero */
    uint8_t *valid; /* bits that are zero */
} Step;

/* Where values are copied to: `used` bytes of it are. */
typedef struct {
    uint8_t *bytes;
    int64_t size, used;
} Room;

/* What `walk` asks about: a value that is none of the choices of a step. */
typedef struct {
    int64_t step, body, at, size;
} Question;

static void set_bit(uint8_t *bits, int64_t row)
{
    bits[row >> 3] |= (uint8_t)(1 << (row & 7));
}

static View view_of(uint32_t body, const uint8_t *bytes, const uint8_t *from, int64_t size)
{
    View view = {.size = (uint32_t)size};
    uint32_t at = (uint32_t)(from - bytes);
    if (size <= INLINE) {
        memcpy(view.rest, from, (size_t)size);
    } else {
        memcpy(view.rest, from, 4);
        memcpy(view.rest + 4, &body, 4);
        memcpy(view.rest + 8, &at, 4);
    }
    return view;
}

static uint32_t body_of(const View *view)
{
    uint32_t body;
    memcpy(&body, view->rest + 4, 4);
    return body;
}

static uint32_t place_of(const View *view)
{
    uint32_t at;
    memcpy(&at, view->rest + 8, 4);
    return at;
}

/* ---- from record to record ---- */

/* A zigzag varint; where it ends, or NULL. */
static const uint8_t *varint(const uint8_t *here, const uint8_t *end, int64_t *value)
{
    uint64_t bits = 0;
    for (int shift = 0; shift < 64 && here < end; shift += 7) {
        uint8_t byte = *here++;
        bits |= (uint64_t)(byte & 0x7F) << shift;
        if (!(byte & 0x80)) {
            *value = (int64_t)(bits >> 1) ^ -(int64_t)(bits & 1);
            return here;
        }
    }
    return NULL;
}

/* A length and so many bytes, -1 for null; where they end, or NULL. */
static const uint8_t *blob(uint32_t number, const uint8_t *bytes, const uint8_t *here,
                           const uint8_t *end, int64_t row, View *views, uint8_t *valid)
{
    int64_t size;
    here = varint(here, end, &size);
    if (!here || size > end - here)
        return NULL;
    views[row] = view_of(number, bytes, here, size < 0 ? 0 : size);
    if (size < 0)
        return here;
    set_bit(valid, row);
    return here + size;
}

/*
 * Deltas, keys and values of the `count` records that lie one behind the other in the body of this
 * number, into the rows from `row` on. Returns where the last one ends; -1 where a record goes past
 * its end.
 */
int64_t follow(const Body *body, int64_t number, int64_t count, int64_t row,
               int64_t *timestamp_delta, int64_t *offset_delta, View *keys, uint8_t *key_valid,
               View *values, uint8_t *value_valid)
{
    const uint8_t *bytes = body->bytes, *here = bytes, *end = bytes + body->size;
    for (int64_t last = row + count; row < last; row++) {
        int64_t length;
        here = varint(here, end, &length);
        if (!here || length < 1 || length > end - here)
            return -1;
        const uint8_t *next = here + length;
        here = varint(here + 1, next, timestamp_delta + row); /* past attributes */
        here = here ? varint(here, next, offset_delta + row) : NULL;
        here = here ? blob((uint32_t)number, bytes, here, next, row, keys, key_valid) : NULL;
        here = here ? blob((uint32_t)number, bytes, here, next, row, values, value_valid) : NULL;
        if (!here)
            return -1;
        here = next; /* past headers */
    }
    return here - bytes;
}

/* ---- what is in a value ---- */

#define EACH(byte) (0x0101010101010101ULL * (byte))
/* The high bit of each byte that is zero, or less than n; above the first one, others may be wrong. */
#define IS_ZERO(word) (((word)-EACH(1)) & ~(word)&EACH(0x80))
#define IS_LESS(word, n) (((word)-EACH(n)) & ~(word)&EACH(0x80))
#define IS_BYTE(word, byte) IS_ZERO((word) ^ EACH(byte))
#define FIRST(mark) (__builtin_ctzll(mark) >> 3)

/* Eight bytes; zeros for those that lie behind the end. */
static uint64_t word_at(const uint8_t *here, const uint8_t *end)
{
    uint64_t word = 0;
    if (end - here >= 8)
        memcpy(&word, here, 8);
    else
        memcpy(&word, here, (size_t)(end - here));
    return word;
}

/* Where the first byte is that no id has: anything but `!` to `~` without quote and backslash. */
static const uint8_t *id_end(const uint8_t *here, const uint8_t *end)
{
    for (; here < end; here += 8) {
        uint64_t word = word_at(here, end);
        uint64_t mark = (word & EACH(0x80)) | IS_BYTE(word, 0x7F) | IS_LESS(word, '!')
                        | IS_BYTE(word, '"') | IS_BYTE(word, '\\');
        if (mark)
            return here + FIRST(mark);
    }
    return end;
}

/* Where the first byte is that no text has as it is; `wide` is not 0 where not all is ASCII. */
static const uint8_t *text_end(const uint8_t *here, const uint8_t *end, uint64_t *wide)
{
    for (; here < end; here += 8) {
        uint64_t word = word_at(here, end), high = word & EACH(0x80);
        uint64_t mark = IS_LESS(word, ' ') | IS_BYTE(word, '"') | IS_BYTE(word, '\\');
        if (mark) {
            *wide |= high & ((mark & -mark) - 1);
            return here + FIRST(mark);
        }
        *wide |= high;
    }
    return end;
}

/* Unicode's table 3-7: no overlong form, no surrogate, nothing above U+10FFFF. */
static int is_utf8(const uint8_t *here, const uint8_t *end)
{
    while (here < end) {
        uint8_t lead = *here++, low = 0x80, high = 0xBF;
        int more = lead < 0x80 ? 0 : lead < 0xE0 ? 1 : lead < 0xF0 ? 2 : 3;
        if ((lead >= 0x80 && lead < 0xC2) || lead > 0xF4 || more > end - here)
            return 0;
        if (lead == 0xE0)
            low = 0xA0;
        if (lead == 0xED)
            high = 0x9F;
        if (lead == 0xF0)
            low = 0x90;
        if (lead == 0xF4)
            high = 0x8F;
        for (; more; more--, low = 0x80, high = 0xBF, here++)
            if (*here < low || *here > high)
                return 0;
    }
    return 1;
}

static int digits(const uint8_t *here, int64_t count, int64_t *number)
{
    *number = 0;
    for (int64_t i = 0; i < count; i++) {
        if (here[i] < '0' || here[i] > '9')
            return 0;
        *number = *number * 10 + (here[i] - '0');
    }
    return 1;
}

/* Days from 1970 to the first of a month; month 13 is the next January. */
static int64_t days_to(int64_t year, int64_t month)
{
    static const int16_t days[] = {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365};
    int64_t before = year - 1, leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return before * 365 + before / 4 - before / 100 + before / 400 - 719162 + days[month - 1]
           + (month > 2 && leap);
}

/* 2014-01-27T10:00:00, then Z or an offset, then a quote; where that ends, or NULL. */
static const uint8_t *instant(const uint8_t *here, const uint8_t *end, int64_t *micros)
{
    int64_t year, month, day, hour, minute, second, hours = 0, minutes = 0, size = 20;
    if (end - here < size + 1 || !digits(here, 4, &year) || here[4] != '-'
        || !digits(here + 5, 2, &month) || here[7] != '-' || !digits(here + 8, 2, &day)
        || here[10] != 'T' || !digits(here + 11, 2, &hour) || here[13] != ':'
        || !digits(here + 14, 2, &minute) || here[16] != ':' || !digits(here + 17, 2, &second))
        return NULL;
    if (here[19] != 'Z') {
        size = 25;
        if (end - here < size + 1 || (here[19] != '+' && here[19] != '-')
            || !digits(here + 20, 2, &hours) || here[22] != ':' || !digits(here + 23, 2, &minutes)
            || hours > 14 || minutes > 59)
            return NULL;
    }
    if (here[size] != '"' || year < 1000 || year > 2999 || month < 1 || month > 12 || hour > 23
        || minute > 59 || second > 59)
        return NULL;
    int64_t first = days_to(year, month);
    if (day < 1 || day > days_to(year, month + 1) - first)
        return NULL;
    int64_t local = ((first + day - 1) * 24 + hour) * 3600 + minute * 60 + second;
    int64_t east = (hours * 60 + minutes) * 60;
    *micros = (here[19] == '-' ? local + east : local - east) * 1000000;
    return here + size + 1;
}

/* A number without sign, fraction and zeros ahead; where it ends, or NULL. */
static const uint8_t *integer(const Step *step, const uint8_t *here, const uint8_t *end,
                              int64_t *number)
{
    int64_t size = 0;
    while (size < MOST_DIGITS && size < end - here && here[size] >= '0' && here[size] <= '9')
        size++;
    if (size == 0 || (size > 1 && *here == '0') || !digits(here, size, number)
        || *number < step->low || *number > step->high)
        return NULL;
    return here + size;
}

static int is_choice(const Step *step, const uint8_t *from, int64_t size)
{
    uint8_t padded[CHOICE] = {0};
    if (size > CHOICE)
        return 0;
    memcpy(padded, from, (size_t)size);
    for (int64_t i = 0; i < step->choice_count; i++)
        if (memcmp(padded, step->choices + CHOICE * i, CHOICE) == 0)
            return 1;
    return 0;
}

/* The same; what was found last is looked at first, as many values are the same as the one before. */
static int is_found(Step *step, const uint8_t *from, int64_t size)
{
    if (step->found_size == size && memcmp(step->found, from, (size_t)size) == 0)
        return 1;
    if (!is_choice(step, from, size))
        return 0;
    memcpy(step->found, from, (size_t)size);
    step->found_size = size;
    return 1;
}

/* Whether a value is the one that was copied out last, and that one is still there. */
static int is_last(const View *last, const Room *room, const uint8_t *from, int64_t size)
{
    if (last->size != size || memcmp(last->rest, from, 4) != 0)
        return 0;
    int64_t at = place_of(last);
    return at + size <= room->used && memcmp(room->bytes + at, from, (size_t)size) == 0;
}

/* A view of a value that is copied out, if its view doesn't hold it; 0 where there is no room. */
static int copy_out(Step *step, int64_t row, Room *room, const uint8_t *from, int64_t size)
{
    View *view = (View *)step->column + row;
    if (size <= INLINE) {
        *view = view_of(0, from, from, size);
        return 1;
    }
    if (!is_last(&step->last, room, from, size)) {
        if (size > room->size - room->used)
            return 0;
        uint8_t *copy = room->bytes + room->used;
        memcpy(copy, from, (size_t)size);
        room->used += size;
        step->last = view_of(0, room->bytes, copy, size);
    }
    *view = step->last;
    return 1;
}

/* A text in its bounds up to its closing quote; where it ends, or NULL. */
static const uint8_t *text(Step *step, int64_t row, const uint8_t *bytes, const uint8_t *here,
                           const uint8_t *end, Room *room, Question *question)
{
    uint64_t wide = 0;
    const uint8_t *stop = step->shape == TEXT ? text_end(here, end, &wide) : id_end(here, end);
    int64_t size = stop - here;
    if (stop >= end || *stop != '"' || size < step->low || size > step->high)
        return NULL;
    if (wide && !is_utf8(here, stop))
        return NULL;
    if (step->shape == FEW && !is_found(step, here, size)) {
        *question = (Question){.step = -1, .at = here - bytes, .size = size};
        return NULL;
    }
    return copy_out(step, row, room, here, size) ? stop + 1 : NULL;
}

/* The value of a step into its column; where it ends, or NULL. */
static const uint8_t *value(Step *step, int64_t row, const uint8_t *bytes, const uint8_t *here,
                            const uint8_t *end, Room *room, Question *question)
{
    switch (step->shape) {
    case ID:
    case TEXT:
    case FEW:
        return text(step, row, bytes, here, end, room, question);
    case INTEGER:
        return integer(step, here, end, (int64_t *)step->column + row);
    case INSTANT:
        return instant(here, end, (int64_t *)step->column + row);
    case BOOLEAN:
        if (end - here >= 4 && memcmp(here, "true", 4) == 0) {
            set_bit(step->column, row);
            return here + 4;
        }
        return end - here >= 5 && memcmp(here, "false", 5) == 0 ? here + 5 : NULL;
    default:
        return NULL;
    }
}

/* The default. Where there is none, nothing is written: pages of zeros take no memory. */
static void put_absent(Step *step, int64_t row)
{
    if (!step->absent_is_valid)
        return;
    if (step->shape <= FEW)
        ((View *)step->column)[row] = step->absent;
    else if (step->shape == BOOLEAN && step->absent.size)
        set_bit(step->column, row);
    set_bit(step->valid, row);
}

static int is_plain(Step *steps, int64_t step_count, const uint8_t *last, int64_t last_size,
                    int64_t row, const uint8_t *bytes, const uint8_t *here, const uint8_t *end,
                    Room *room, Question *question)
{
    for (int64_t i = 0; i < step_count; i++) {
        Step *step = steps + i;
        size_t before = (size_t)step->before_size;
        if (end - here < step->before_size || memcmp(here, step->before, before) != 0) {
            if (step->required)
                return 0;
            put_absent(step, row);
            continue;
        }
        here = value(step, row, bytes, here + before, end, room, question);
        if (!here) {
            question->step = question->size ? i : -1;
            return 0;
        }
        set_bit(step->valid, row);
    }
    if (end - here == 2)
        return memcmp(here, "}}", 2) == 0;
    return end - here == last_size && memcmp(here, last, (size_t)last_size) == 0;
}

/*
 * Which values are plain, from the row `begin` on, and what is in them; `last` is the other way to
 * end. The first row's values go to the row `into` of the columns and of `plain`. Returns `count`;
 * or, with a question, the row whose value of a step is none of its choices: call again from that
 * row with one choice more, or from the next.
 */
int64_t walk(const Body *bodies, int64_t body_count, const View *values, int64_t begin,
             int64_t count, int64_t into, int64_t most_bytes, Step *steps, int64_t step_count,
             const uint8_t *last, int64_t last_size, uint8_t *plain, Room *room,
             Question *question)
{
    for (int64_t row = begin; row < count; row++) {
        const View *view = values + row;
        uint32_t number = body_of(view), at = place_of(view);
        plain[into + row] = 0;
        /* a shorter one is held by its view, and no event is that short */
        if (view->size <= INLINE || view->size > most_bytes || number >= body_count
            || (int64_t)at + view->size > bodies[number].size)
            continue;
        const uint8_t *bytes = bodies[number].bytes, *from = bytes + at;
        int64_t used = room->used;
        *question = (Question){.step = -1, .body = number, .at = 0, .size = 0};
        if (is_plain(steps, step_count, last, last_size, into + row, bytes, from,
                     from + view->size, room, question))
            plain[into + row] = 1;
        else
            room->used = used;
        question->body = number;
        if (question->step >= 0 && steps[question->step].may_ask-- > 0)
            return row;
    }
    return count;
}
