/* Texts and addresses that strangers give; hashes and what is random. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/hash.h"
#include "base/ipv4.h"
#include "base/random.h"
#include "base/utf8.h"

#define COUNT(a) (sizeof(a) / sizeof(a)[0])

/* ---- UTF-8 ---- */

static void a_character_is_its_shortest_form(void **state)
{
	(void)state;
	static const struct { const char *text; size_t length; uint32_t code; } rows[] = {
		{ "a", 1, 'a' }, { "\x7F", 1, 0x7F }, { "\x01", 1, 1 },
		{ "\xC2\x80", 2, 0x80 }, { "\xDF\xBF", 2, 0x7FF }, { "\xC1\xBF", 0, 0 }, { "\xC0\x80", 0, 0 }, { "\xC2\x7F", 0, 0 }, { "\xC2\xC0", 0, 0 },
		{ "\xE0\xA0\x80", 3, 0x800 }, { "\xE0\x9F\xBF", 0, 0 }, { "\xE1\x80\x80", 3, 0x1000 }, { "\xEC\xBF\xBF", 3, 0xCFFF },
		{ "\xED\x80\x80", 3, 0xD000 }, { "\xED\x9F\xBF", 3, 0xD7FF }, { "\xED\xA0\x80", 0, 0 }, { "\xEE\x80\x80", 3, 0xE000 }, { "\xEF\xBF\xBF", 3, 0xFFFF },
		{ "\xE1\x80\x7F", 0, 0 }, { "\xE1\x80\xC0", 0, 0 }, { "\xE2\x82\xAC", 3, 0x20AC },
		{ "\xF0\x90\x80\x80", 4, 0x10000 }, { "\xF0\x8F\xBF\xBF", 0, 0 }, { "\xF1\x80\x80\x80", 4, 0x40000 }, { "\xF3\xBF\xBF\xBF", 4, 0xFFFFF },
		{ "\xF4\x80\x80\x80", 4, 0x100000 }, { "\xF4\x8F\xBF\xBF", 4, 0x10FFFF }, { "\xF4\x90\x80\x80", 0, 0 }, { "\xF5\x80\x80\x80", 0, 0 },
		{ "\xF1\x80\x80\xC0", 0, 0 }, { "\x80", 0, 0 }, { "\xBF", 0, 0 }, { "\xFF", 0, 0 },
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		uint32_t code = 1;
		assert_int_equal(utf8_next(rows[i].text, strlen(rows[i].text), &code), rows[i].length);
		assert_int_equal(code, rows[i].code);
		for (size_t cut = 0; cut < rows[i].length; cut++)
			assert_int_equal(utf8_next(rows[i].text, cut, &code), 0);
	}
}

/* Each first octet takes exactly the range of second octets that RFC 3629 gives it, and each octet behind them 80..BF. */
static void continuations_have_their_range(void **state)
{
	(void)state;
	for (unsigned first = 0x80; first <= 0xFF; first++) {
		unsigned low = first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : 0x80, high = first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : 0xBF;
		size_t length = first < 0xC2 ? 0 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : first < 0xF5 ? 4 : 0;
		for (unsigned at = 1; at < length; at++)
			for (unsigned octet = 0; octet <= 0xFF; octet++) {
				char text[5] = { (char)first, (char)low, (char)0x80, (char)0x80, 0 };
				bool good = at == 1 ? octet >= low && octet <= high : octet >= 0x80 && octet <= 0xBF;
				uint32_t code;
				text[at] = (char)octet;
				assert_int_equal(utf8_next(text, length, &code), good ? length : 0);
			}
		uint32_t code;
		assert_int_equal(utf8_next((const char[]){ (char)first, (char)low, (char)0x80, (char)0x80, 0 }, 4, &code), length);
	}
	for (unsigned first = 0; first < 0x80; first++) {
		uint32_t code;
		assert_int_equal(utf8_next((const char[]){ (char)first, 0 }, 1, &code), 1);
		assert_int_equal(code, first);
	}
}

static void valid_and_printable_are_two_questions(void **state)
{
	(void)state;
	static const struct { const char *text; bool valid, printable; } rows[] = {
		{ "", true, true }, { "~ ", true, true }, { "\xC3\xA9t\xC3\xA9", true, true }, { "a\n", true, false }, { "\x1F", true, false },
		{ "\x7F", true, false }, { "\xC2\x80", true, false }, { "\xC2\x9F", true, false }, { "\xC2\xA0", true, true },
		{ "\xD8\x9B", true, true }, { "\xD8\x9C", true, false }, { "\xD8\x9D", true, true },
		{ "\xE2\x80\x8D", true, true }, { "\xE2\x80\x8E", true, false }, { "\xE2\x80\x8F", true, false }, { "\xE2\x80\x90", true, true },
		{ "\xE2\x80\xA7", true, true }, { "\xE2\x80\xA8", true, false }, { "\xE2\x80\xAE", true, false }, { "\xE2\x80\xAF", true, true },
		{ "\xE2\x81\xA5", true, true }, { "\xE2\x81\xA6", true, false }, { "\xE2\x81\xA9", true, false }, { "\xE2\x81\xAA", true, true },
		{ "a\xFE", false, false }, { "\xC3", false, false }, { "ab\xC3(", false, false },
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		assert_int_equal(utf8_valid(rows[i].text, strlen(rows[i].text)), rows[i].valid);
		assert_int_equal(utf8_printable(rows[i].text, strlen(rows[i].text)), rows[i].printable);
	}
	assert_false(utf8_valid("a\0b", 3));
	assert_false(utf8_printable("a\0b", 3));
}

static void a_copy_is_whole_characters(void **state)
{
	(void)state;
	static const struct { const char *from; size_t size; const char *to; } rows[] = {
		{ "abc", 4, "abc" }, { "abc", 3, "ab" }, { "abc", 1, "" }, { "", 1, "" },
		{ "a\xC3\xA9", 4, "a\xC3\xA9" }, { "a\xC3\xA9", 3, "a" },
		{ "a\xFF" "b", 8, "a?b" }, { "\xC3", 8, "?" }, { "\xE2\x82(", 8, "?" "?(" }, { "x\x1B[2J", 8, "x?[2J" },
		{ "\xC2\x9B" "1m", 8, "?1m" }, { "a\xE2\x80\xAE" "b", 8, "a?b" }, { "\xE2\x82\xAC!", 5, "\xE2\x82\xAC!" }, { "\xE2\x82\xAC!", 4, "\xE2\x82\xAC" },
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		char to[16];
		memset(to, 'X', sizeof to);
		assert_int_equal(utf8_copy(to, rows[i].size, rows[i].from), strlen(rows[i].to));
		assert_string_equal(to, rows[i].to);
		assert_int_equal(to[rows[i].size], 'X');
	}
}

/* ---- IPv4 ---- */

static void addresses_are_exact(void **state)
{
	(void)state;
	uint8_t a[4];
	char text[IPV4_TEXT_MAX];
	static const char *const bad[] = { "", "1.2.3", "1.2.3.4.5", "256.0.0.0", "1.2.3.-4", "1.2.3.4 ", " 1.2.3.4", "0x1.2.3.4", "1.2.3.4:1", "1111.2222.3333.4444" };
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_false(ipv4_parse(bad[i], a));
	assert_true(ipv4_parse("192.0.2.255", a));
	assert_string_equal(ipv4_text(text, a), "192.0.2.255");
	assert_string_equal(ipv4_port_text(text, (uint8_t[4]){ 255, 255, 255, 255 }, 65535), "255.255.255.255:65535");
}

static void a_port_is_a_port(void **state)
{
	(void)state;
	uint8_t a[4];
	uint16_t port;
	static const char *const bad[] = { "1.2.3.4:", "1.2.3.4:0", "1.2.3.4:65536", "1.2.3.4:99999999999", "1.2.3.4:x", "1.2.3.4:80x", "1.2.3.4:-1", ":80", "1.2.3:80",
		"1.2.3.4:80:80" };
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_false(ipv4_parse_port(bad[i], 7, a, &port));
	assert_true(ipv4_parse_port("1.2.3.4", 7, a, &port));
	assert_int_equal(port, 7);
	assert_true(ipv4_parse_port("1.2.3.4:65535", 7, a, &port));
	assert_int_equal(port, 65535);
	assert_true(ipv4_parse_port("1.2.3.4:9090", 7, a, &port));
	assert_int_equal(port, 9090);
	assert_true(ipv4_parse_port("1.2.3.4:1", 7, a, &port));
	assert_int_equal(port, 1);
	assert_memory_equal(a, ((uint8_t[4]){ 1, 2, 3, 4 }), 4);
}

static void an_address_lies_in_its_net(void **state)
{
	(void)state;
	struct ipv4_net net;
	static const char *const bad[] = { "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/x", "10.0.0.0/8x", "10.0.0.1/8", "10.0.0.0/-1", "/8", "10/8", "10.0.0.1/31" };
	static const struct { const char *net, *in, *out; } rows[] = {
		{ "10.0.0.0/8", "10.255.255.255", "11.0.0.0" }, { "10.0.0.0/8", "10.0.0.0", "9.255.255.255" }, { "192.0.2.7", "192.0.2.7", "192.0.2.6" },
		{ "192.0.2.6/31", "192.0.2.7", "192.0.2.8" }, { "128.0.0.0/1", "255.0.0.1", "127.255.255.255" },
	};
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_false(ipv4_parse_net(bad[i], &net));
	for (size_t i = 0; i < COUNT(rows); i++) {
		uint8_t in[4], out[4];
		assert_true(ipv4_parse_net(rows[i].net, &net) && ipv4_parse(rows[i].in, in) && ipv4_parse(rows[i].out, out));
		assert_true(ipv4_in_net(&net, in));
		assert_false(ipv4_in_net(&net, out));
	}
	assert_true(ipv4_parse_net("0.0.0.0/0", &net) && ipv4_in_net(&net, (uint8_t[4]){ 255, 1, 2, 3 }));
	assert_true(ipv4_parse_net("1.2.3.4", &net));
	assert_int_equal(net.length, 32);
}

static void several_nets_stand_in_a_row(void **state)
{
	(void)state;
	static const struct { const char *text; int count; uint8_t lengths[3]; } rows[] = {
		{ "", 0, { 0 } }, { " , \t", 0, { 0 } }, { "10.0.0.0/8", 1, { 8 } }, { "10.0.0.0/8,192.0.2.0/29", 2, { 8, 29 } },
		{ " 10.0.0.0/8 , 192.0.2.7\t0.0.0.0/0 ", 3, { 8, 32, 0 } }, { "0.0.0.0/0 0.0.0.0/0 0.0.0.0/0 0.0.0.0/0", -1, { 0 } }, { "10.0.0.0/8 x", -1, { 0 } },
		{ "255.255.255.255/32", 1, { 32 } }, { "255.255.255.255/032", -1, { 0 } },
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct ipv4_net nets[3];
		assert_int_equal(ipv4_parse_nets(rows[i].text, nets, 3), rows[i].count);
		for (int k = 0; k < rows[i].count; k++)
			assert_int_equal(nets[k].length, rows[i].lengths[k]);
	}
}

/* ---- hash, random ---- */

static void the_hash_is_siphash(void **state)
{
	(void)state;
	/* the key and the messages of the reference implementation's test vectors: 00 01 02 ..., of 0, 1 and 8 octets */
	struct hash_key key;
	uint8_t message[8];
	for (uint8_t i = 0; i < sizeof key.octet; i++)
		key.octet[i] = i;
	for (uint8_t i = 0; i < sizeof message; i++)
		message[i] = i;
	assert_int_equal(hash_keyed(&key, message, 0), 0x726fdb47dd0e0e31ull);
	assert_int_equal(hash_keyed(&key, message, 1), 0x74f839c593dc67fdull);
	assert_int_equal(hash_keyed(&key, message, 8), 0x93f5f5799a932462ull);
}

static void keys_differ(void **state)
{
	(void)state;
	struct hash_key a = { { 0 } }, b = { { 0 } };
	hash_key_make(&a);
	hash_key_make(&b);
	assert_memory_not_equal(a.octet, b.octet, sizeof a.octet);
	assert_memory_not_equal(a.octet, ((uint8_t[16]){ 0 }), sizeof a.octet);
}

static void a_seed_gives_the_same_run_and_every_value_comes(void **state)
{
	(void)state;
	struct random a = random_make(7), b = random_make(7), c = random_make(0), d = random_make(0);
	unsigned seen[5] = { 0 };
	assert_int_not_equal(c.state, d.state);
	for (int i = 0; i < 5000; i++) {
		uint32_t v = random_below(&a, 5);
		assert_in_range(v, 0, 4);
		assert_int_equal(v, random_below(&b, 5));
		seen[v]++;
	}
	for (int i = 0; i < 5; i++)
		assert_in_range(seen[i], 850, 1150);
	static const uint32_t published[] = { 1503580182u, 745795715u, 2285812964u, 1069479743u, 3820500070u };    /* SplitMix64 of 1234567: the upper halves */
	struct random known = random_make(1234567);
	for (size_t i = 0; i < sizeof published / sizeof published[0]; i++)
		assert_int_equal(random_below(&known, UINT32_MAX), published[i]);
	assert_int_equal(random_below(&a, 0), 0);
	assert_int_equal(random_below(&a, 1), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_character_is_its_shortest_form),
		cmocka_unit_test(continuations_have_their_range),
		cmocka_unit_test(valid_and_printable_are_two_questions),
		cmocka_unit_test(a_copy_is_whole_characters),
		cmocka_unit_test(addresses_are_exact),
		cmocka_unit_test(a_port_is_a_port),
		cmocka_unit_test(an_address_lies_in_its_net),
		cmocka_unit_test(several_nets_stand_in_a_row),
		cmocka_unit_test(the_hash_is_siphash),
		cmocka_unit_test(keys_differ),
		cmocka_unit_test(a_seed_gives_the_same_run_and_every_value_comes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
