/* Any application-tagged primitive as one value, and a walk over whatever a peer sends: for those who do not know the datatype
 * beforehand (a client that prints what it reads, a property that is written).  Texts, octets and bits point into the message. */
#ifndef BACNET_VALUE_H
#define BACNET_VALUE_H

#include "bacnet/tag.h"

struct bac_value {
	uint8_t type;                        /* enum bac_app */
	union {
		bool boolean;
		uint64_t number;             /* APP_UNSIGNED, APP_ENUM */
		int64_t integer;
		float real;
		double dbl;
		struct bac_octets octets;
		struct bac_text text;
		struct bac_bits bits;
		struct bac_date date;
		struct bac_time time;
		uint32_t object;
	};
};

/* The next value; an application tag must be next. */
struct bac_value bac_value_read(struct rd *);
void bac_value_write(struct wr *, const struct bac_value *);

/* One step of a walk over application and context tags: a value, the content of a context tag (whose datatype only the standard
 * knows), or an opening or closing tag. */
struct bac_item {
	uint8_t kind;                        /* enum bac_tag_kind */
	uint8_t number;                      /* of context, opening and closing tags */
	struct bac_value value;              /* TAG_APPLICATION */
	struct bac_octets content;           /* TAG_CONTEXT */
};

/* False at the end and after a failure (ask rd_ok). */
bool bac_item_next(struct rd *, struct bac_item *);


#endif
