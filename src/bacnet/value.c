#include "bacnet/value.h"

static struct bac_value value_of(struct rd *r, struct bac_tag tag)
{
	struct bac_value v = { .type = tag.number };
	if (tag.number >= APP_COUNT) {
		rd_fail(r, RD_TAG);
		return (struct bac_value){ .type = APP_NULL };
	}
	struct rd in = tag.number == APP_BOOLEAN ? rd_over(r->p, 0) : rd_sub(r, tag.length);
	switch ((enum bac_app)tag.number) {
	case APP_NULL:     break;
	case APP_BOOLEAN:
		v.boolean = tag.length == 1;
		if (tag.length > 1)
			rd_fail(r, RD_VALUE);
		break;
	case APP_UNSIGNED:
	case APP_ENUM:     v.number = bac_content_uint(&in); break;
	case APP_INTEGER:  v.integer = bac_content_int(&in); break;
	case APP_REAL:     v.real = bac_content_real(&in); break;
	case APP_DOUBLE:   v.dbl = bac_content_double(&in); break;
	case APP_OCTETS:
		v.octets.n = rd_left(&in);
		v.octets.p = rd_take(&in, v.octets.n);
		break;
	case APP_TEXT:     v.text = bac_content_text(&in); break;
	case APP_BITS:     v.bits = bac_content_bits(&in); break;
	case APP_DATE:     v.date = bac_content_date(&in); break;
	case APP_TIME:     v.time = bac_content_time(&in); break;
	case APP_OBJECT:
		if (rd_ok(&in) && rd_left(&in) != 4)
			rd_fail(&in, RD_TYPE);
		v.object = rd_u32(&in);
		break;
	case APP_COUNT:    break;
	}
	rd_end(r, &in);
	return rd_ok(r) ? v : (struct bac_value){ .type = APP_NULL };
}

struct bac_value bac_value_read(struct rd *r)
{
	struct bac_tag tag = bac_tag_read(r);
	if (rd_ok(r) && tag.kind != TAG_APPLICATION)
		rd_fail(r, RD_TAG);
	return rd_ok(r) ? value_of(r, tag) : (struct bac_value){ .type = APP_NULL };
}

static void put_raw_bits(struct wr *w, struct bac_bits bits)
{
	uint32_t n = (bits.count + 7) / 8;
	bac_put_tag(w, TAG_APPLICATION, APP_BITS, n + 1);
	wr_u8(w, (uint8_t)(n * 8 - bits.count));
	wr_octets(w, bits.p, n);
}

static void put_raw_text(struct wr *w, struct bac_text text)
{
	bac_put_tag(w, TAG_APPLICATION, APP_TEXT, (uint32_t)text.n + 1);
	wr_u8(w, text.charset);
	wr_octets(w, text.p, text.n);
}

void bac_value_write(struct wr *w, const struct bac_value *v)
{
	switch ((enum bac_app)v->type) {
	case APP_NULL:     bac_put_null(w); return;
	case APP_BOOLEAN:  bac_put_bool(w, v->boolean); return;
	case APP_UNSIGNED: bac_put_uint(w, v->number); return;
	case APP_INTEGER:  bac_put_int(w, v->integer); return;
	case APP_REAL:     bac_put_real(w, v->real); return;
	case APP_DOUBLE:   bac_put_double(w, v->dbl); return;
	case APP_OCTETS:   bac_put_octets(w, v->octets.p, v->octets.n); return;
	case APP_TEXT:     put_raw_text(w, v->text); return;
	case APP_BITS:     put_raw_bits(w, v->bits); return;
	case APP_ENUM:     bac_put_enum(w, (uint32_t)v->number); return;
	case APP_DATE:     bac_put_date(w, v->date); return;
	case APP_TIME:     bac_put_time(w, v->time); return;
	case APP_OBJECT:   bac_put_object(w, v->object); return;
	case APP_COUNT:    return;
	}
}

bool bac_item_next(struct rd *r, struct bac_item *item)
{
	if (!rd_left(r))
		return false;
	struct bac_tag tag = bac_tag_read(r);
	*item = (struct bac_item){ .kind = tag.kind, .number = tag.number };
	if (!rd_ok(r))
		return false;
	if (tag.kind == TAG_APPLICATION)
		item->value = value_of(r, tag);
	else if (tag.kind == TAG_CONTEXT)
		item->content = (struct bac_octets){ rd_take(r, tag.length), tag.length };
	return rd_ok(r);
}
