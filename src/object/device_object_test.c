/* The Device object and the Network Port: texts, names, settings, and that each property reads as what it is. */
#include "object/testing.h"

static void texts_are_cut_between_characters_and_cleaned(void **state)
{
	(void)state;
	struct world w;
	struct device *d = world_make(&w);
	char text[200];
	memset(text, 'a', sizeof text);
	memcpy(text + 126, "\xC3\xA9", 2);
	text[150] = 0;
	device_set_text(d, DEVICE_MODEL, text);
	assert_int_equal(strlen(device_text(d, DEVICE_MODEL)), 126);
	device_set_text(d, DEVICE_MODEL, "a\xFF" "b\xC3(\n\xE2\x82\xAC\xC2\x85");
	assert_string_equal(device_text(d, DEVICE_MODEL), "a?b?(?\xE2\x82\xAC?");
	device_free(d);
}

static void a_name_of_blanks_is_none(void **state)
{
	(void)state;
	struct world w;
	struct device *d = world_make(&w);
	static const char *const blank[] = { "", " ", "\xC2\xA0 ", "\xE2\x80\x80", "\xE2\x80\x8A", "\xE2\x80\x8D", "\xE2\x80\xAF", "\xE2\x81\x9F", "\xE3\x80\x80",
	                                     "\xEF\xBB\xBF" };
	for (size_t i = 0; i < sizeof blank / sizeof *blank; i++) {
		assert_false(device_set_text(d, DEVICE_NAME, blank[i]));
		assert_error(write_text(device_at(d, 0), PROP_OBJECT_NAME, blank[i]), PROPERTY, VALUE_OUT_OF_RANGE);
	}
	assert_string_equal(device_text(d, DEVICE_NAME), "device-5");
	assert_int_equal(w.keeps, 0);
	static const char *const seen[] = { " x", "\xC2\xA1", "\xE1\xBF\xBE", "\xE2\x80\x90", "\xE3\x80\x81", "\xEF\xBB\xBE" };
	for (size_t i = 0; i < sizeof seen / sizeof *seen; i++) {
		assert_true(device_set_text(d, DEVICE_NAME, seen[i]));
		assert_string_equal(device_text(d, DEVICE_NAME), seen[i]);
	}
	device_free(d);
}

static void finding_2_9_the_device_gives_way_to_an_object_of_its_name(void **state)
{
	(void)state;
	struct world w;
	struct device *d = world_make(&w);
	struct object *self = device_at(d, 0);
	assert_true(device_set_text(d, DEVICE_NAME, "BACnet/IP"));
	assert_int_equal(w.renamed, 0);
	device_commit(d);
	uint32_t digest = device_database_digest(d);
	struct object *port = add(d, &network_port_type, 1, "BACnet/IP", &(struct network_port){ 0 });
	assert_string_equal(device_text(d, DEVICE_NAME), "BACnet/IP (5)");
	assert_ptr_equal(device_find_name(d, "BACnet/IP (5)", 13), self);
	assert_ptr_equal(device_find_name(d, "BACnet/IP", 9), port);
	assert_int_equal(w.renamed, 1);
	assert_string_equal(w.wanted, "BACnet/IP");
	assert_string_equal(w.taken, "BACnet/IP (5)");
	assert_false(device_set_text(d, DEVICE_NAME, "BACnet/IP"));      /* told once, however often it is asked for */
	assert_int_equal(w.renamed, 1);
	device_set_instance(d, 77);
	assert_string_equal(device_text(d, DEVICE_NAME), "BACnet/IP (77)");
	add_av(d, 1, "BACnet/IP (77)");
	assert_string_equal(device_text(d, DEVICE_NAME), "BACnet/IP (77.2)");
	device_remove(d, port);                                  /* and has it back */
	assert_string_equal(device_text(d, DEVICE_NAME), "BACnet/IP");
	assert_int_not_equal(device_database_digest(d), digest); /* another instance, another object */
	assert_int_equal(w.renamed, 3);
	char longest[DEVICE_TEXT_MAX + 1];
	memset(longest, 'x', DEVICE_TEXT_MAX);
	longest[DEVICE_TEXT_MAX] = 0;
	add_av(d, 2, longest);
	assert_false(device_set_text(d, DEVICE_NAME, longest));
	assert_int_equal(strlen(device_text(d, DEVICE_NAME)), DEVICE_TEXT_MAX);
	assert_string_equal(device_text(d, DEVICE_NAME) + DEVICE_TEXT_MAX - 5, " (77)");
	device_free(d);
}

static void a_client_cannot_take_the_name_of_an_object(void **state)
{
	(void)state;
	struct world w;
	struct device *d = world_make(&w);
	struct object *self = device_at(d, 0);
	add_av(d, 1, "av");
	assert_error(write_text(self, PROP_OBJECT_NAME, "av"), PROPERTY, DUPLICATE_NAME);
	assert_int_equal(w.keeps, 0);
	assert_done(write_text(self, PROP_OBJECT_NAME, "mine"));
	assert_true(device_set_text(d, DEVICE_NAME, "the owner's"));
	assert_string_equal(device_text(d, DEVICE_NAME), "mine");
	add_av(d, 2, "mine");                                    /* another object map, another set of names */
	assert_string_equal(device_text(d, DEVICE_NAME), "mine (5)");
	device_free(d);
	d = world_start(&w);
	assert_string_equal(device_text(d, DEVICE_NAME), "mine");
	add_av(d, 2, "mine");
	assert_string_equal(device_text(d, DEVICE_NAME), "mine (5)");
	assert_int_equal(w.not_recalled, 0);
	device_free(d);
}

static void finding_2_10_what_the_manual_lists_can_be_written(void **state)
{
	(void)state;
	struct world w;
	struct device *d = world_make(&w);
	struct object *self = device_at(d, 0);
	assert_int_equal(read_one(self, PROP_BACKUP_FAILURE_TIMEOUT).number, 300);
	assert_done(write_number(self, PROP_BACKUP_FAILURE_TIMEOUT, APP_UNSIGNED, 65535));
	assert_error(write_number(self, PROP_BACKUP_FAILURE_TIMEOUT, APP_UNSIGNED, 65536), PROPERTY, VALUE_OUT_OF_RANGE);
	assert_error(write_real(self, PROP_BACKUP_FAILURE_TIMEOUT, 1), PROPERTY, INVALID_DATA_TYPE);
	assert_int_equal(read_one(self, PROP_BACKUP_FAILURE_TIMEOUT).number, 65535);
	static const uint8_t recipient[] = { 0x0C, 0x02, 0x00, 0x00, 0x01 };
	assert_done(object_write(self, PROP_TIME_SYNCHRONIZATION_RECIPIENTS, BAC_ARRAY_ALL, rd_over(recipient, 0)));
	assert_done(object_write(self, PROP_TIME_SYNCHRONIZATION_RECIPIENTS, BAC_ARRAY_ALL, rd_over(recipient, 5)));
	device_set_writable(d, WRITABLE_NONE);
	assert_error(object_write(self, PROP_TIME_SYNCHRONIZATION_RECIPIENTS, BAC_ARRAY_ALL, rd_over(recipient, 0)), PROPERTY, WRITE_ACCESS_DENIED);
	device_free(d);
}

static void finding_2_10_the_time_is_not_taken_where_nothing_may_be_written(void **state)
{
	(void)state;
	struct world w;
	struct device *d = world_make(&w);
	const struct bac_date date = { 126, 3, 1, 7 };
	const struct bac_time time = { 12, 0, 0, 0 };
	device_set_writable(d, WRITABLE_NONE);
	assert_false(device_give_time(d, date, time, false));
	assert_int_equal(w.times, 0);
	device_set_writable(d, WRITABLE_LABELS);
	assert_true(device_give_time(d, date, time, false));
	assert_int_equal(w.times, 1);
	device_free(d);
	d = device_make(&(struct device_conf){ .instance = 5, .writable = WRITABLE_LABELS });
	assert_true(device_give_time(d, date, time, false));            /* without a hook */
	device_free(d);
}

static void settings_read_as_they_were_given(void **state)
{
	(void)state;
	struct world w;
	struct device *d = world_make(&w);
	struct object *self = device_at(d, 0);
	static const struct { uint32_t property; uint64_t number; } defaults[] = {
		{ PROP_MAX_APDU_LENGTH_ACCEPTED, 1476 }, { PROP_MAX_SEGMENTS_ACCEPTED, 16 }, { PROP_APDU_TIMEOUT, 6000 },
		{ PROP_APDU_SEGMENT_TIMEOUT, 5000 }, { PROP_NUMBER_OF_APDU_RETRIES, 0 }, { PROP_PROTOCOL_VERSION, 1 },
		{ PROP_PROTOCOL_REVISION, 22 }, { PROP_SEGMENTATION_SUPPORTED, SEGMENTATION_BOTH }, { PROP_SYSTEM_STATUS, STATUS_OPERATIONAL },
		{ PROP_OBJECT_TYPE, OBJ_DEVICE },
	};
	for (size_t i = 0; i < sizeof defaults / sizeof *defaults; i++)
		assert_int_equal(read_one(self, defaults[i].property).number, defaults[i].number);
	static const struct { enum device_text which; uint32_t property; } texts[] = {
		{ DEVICE_NAME, PROP_OBJECT_NAME }, { DEVICE_DESCRIPTION, PROP_DESCRIPTION }, { DEVICE_LOCATION, PROP_LOCATION },
		{ DEVICE_MODEL, PROP_MODEL_NAME }, { DEVICE_VENDOR, PROP_VENDOR_NAME }, { DEVICE_FIRMWARE, PROP_FIRMWARE_REVISION },
		{ DEVICE_APPLICATION, PROP_APPLICATION_SOFTWARE_VERSION }, { DEVICE_PROFILE, PROP_PROFILE_NAME }, { DEVICE_SERIAL, PROP_SERIAL_NUMBER },
	};
	assert_false(has_property(self, PROP_PROFILE_NAME));
	assert_false(has_property(self, PROP_SERIAL_NUMBER));
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		char text[16];
		snprintf(text, sizeof text, "%zu", i);           /* one letter is a text */
		assert_true(device_set_text(d, texts[i].which, text));
		assert_true(bac_text_is(read_one(self, texts[i].property).text, text, strlen(text)));
		assert_string_equal(device_text(d, texts[i].which), text);
	}
	assert_int_equal(read_one(self, PROP_LOCAL_DATE).date.year, 126);
	assert_int_equal(read_one(self, PROP_LOCAL_TIME).time.hundredths, 78);
	w.no_clock = true;
	assert_int_equal(read_one(self, PROP_LOCAL_DATE).date.year, BAC_ANY);
	assert_int_equal(read_one(self, PROP_LOCAL_TIME).time.hour, BAC_ANY);
	uint8_t octets[16];
	struct wr never = wr_over(octets, sizeof octets);
	assert_done(object_read(self, PROP_LAST_RESTORE_TIME, BAC_ARRAY_ALL, &never));
	static const uint8_t unspecified[] = { 0x2E, 0xA4, 0xFF, 0xFF, 0xFF, 0xFF, 0xB4, 0xFF, 0xFF, 0xFF, 0xFF, 0x2F };
	assert_int_equal(wr_len(&never), sizeof unspecified);
	assert_memory_equal(octets, unspecified, sizeof unspecified);
	device_set_vendor_id(d, 591);
	assert_int_equal(read_one(self, PROP_VENDOR_IDENTIFIER).number, 591);
	assert_int_equal(device_vendor_id(d), 591);
	device_set_utc_offset(d, -60);
	assert_int_equal(read_one(self, PROP_UTC_OFFSET).integer, -60);
	device_set_daylight_saving(d, true);
	assert_true(read_one(self, PROP_DAYLIGHT_SAVINGS_STATUS).boolean);
	device_set_services(d, 1ull << 48 | 1);
	struct bac_value services = read_one(self, PROP_PROTOCOL_SERVICES_SUPPORTED);
	assert_int_equal(services.bits.count, 49);
	assert_true(bac_bit(services.bits, 0) && bac_bit(services.bits, 48) && !bac_bit(services.bits, 47));
	struct bac_value types = read_one(self, PROP_PROTOCOL_OBJECT_TYPES_SUPPORTED);
	assert_int_equal(types.bits.count, 63);
	assert_int_equal(bac_bits_word(types.bits), 1ull << 2 | 1ull << 8 | 1ull << 19 | 1ull << 39 | 1ull << 56);
	device_set_timeouts(d, 1, 2, 3);
	assert_int_equal(read_one(self, PROP_APDU_TIMEOUT).number, 1);
	assert_int_equal(read_one(self, PROP_APDU_SEGMENT_TIMEOUT).number, 2);
	assert_int_equal(read_one(self, PROP_NUMBER_OF_APDU_RETRIES).number, 3);
	assert_int_equal(device_apdu_timeout_ms(d), 1);
	assert_int_equal(device_segment_timeout_ms(d), 2);
	assert_int_equal(device_retries(d), 3);
	device_free(d);
	d = device_make(&(struct device_conf){ .instance = 0, .vendor_id = 7, .max_apdu = 50, .max_segments = 2, .apdu_timeout_ms = 11,
		.segment_timeout_ms = 12, .retries = 13 });
	assert_int_equal(device_max_apdu(d), 50);
	assert_int_equal(device_max_segments(d), 2);
	assert_int_equal(device_apdu_timeout_ms(d), 11);
	assert_int_equal(device_segment_timeout_ms(d), 12);
	assert_int_equal(device_retries(d), 13);
	assert_int_equal(device_vendor_id(d), 7);
	assert_int_equal(device_id(d), OBJ_DEVICE << 22);
	assert_int_equal(read_one(device_at(d, 0), PROP_LOCAL_DATE).date.year, BAC_ANY);
	device_free(d);
}

/* ---- Network Port ---- */

static struct bac_octets octets_of(const struct object *o, uint32_t property)
{
	return read_one(o, property).octets;
}

static void a_port_reads_as_it_was_given(void **state)
{
	(void)state;
	struct world w;
	struct device *d = world_make(&w);
	struct network_port np = { .address = { 10, 11, 12, 13 }, .mask = { 255, 255, 255, 0 }, .gateway = { 10, 0, 0, 254 },
		.dns = { { 1, 1, 1, 1 }, { 2, 2, 2, 2 } }, .dns_count = 4, .udp_port = 47809, .link_speed = 1e8f, .network_number = 3,
		.network_number_quality = NETWORK_NUMBER_CONFIGURED };
	struct object_conf c = { &network_port_type, 1, "port", NULL, &np };
	assert_int_equal(device_add(d, &c, NULL), OBJECT_BAD);   /* more servers than there is room for */
	np.dns_count = 2;
	struct object *o = NULL;
	assert_int_equal(device_add(d, &c, &o), OBJECT_ADDED);
	world_look(&w);
	static const uint8_t mac[] = { 10, 11, 12, 13, 0xBA, 0xC1 };
	assert_memory_equal(octets_of(o, PROP_MAC_ADDRESS).p, mac, 6);
	assert_memory_equal(octets_of(o, PROP_IP_ADDRESS).p, np.address, 4);
	assert_memory_equal(octets_of(o, PROP_IP_SUBNET_MASK).p, np.mask, 4);
	assert_memory_equal(octets_of(o, PROP_IP_DEFAULT_GATEWAY).p, np.gateway, 4);
	uint8_t octets[16];
	struct wr to = wr_over(octets, sizeof octets);
	assert_done(object_read(o, PROP_IP_DNS_SERVER, 2, &to));
	assert_memory_equal(octets + 1, np.dns[1], 4);
	static const struct { uint32_t property; uint64_t number; } numbers[] = {
		{ PROP_BACNET_IP_UDP_PORT, 47809 }, { PROP_NETWORK_NUMBER, 3 }, { PROP_NETWORK_NUMBER_QUALITY, NETWORK_NUMBER_CONFIGURED },
		{ PROP_NETWORK_TYPE, 5 }, { PROP_PROTOCOL_LEVEL, 2 }, { PROP_APDU_LENGTH, 1476 }, { PROP_BACNET_IP_MODE, 0 },
	};
	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
		assert_int_equal(read_one(o, numbers[i].property).number, numbers[i].number);
	assert_false(read_one(o, PROP_CHANGES_PENDING).boolean);
	assert_true(read_one(o, PROP_LINK_SPEED).real == 1e8f);
	assert_false(has_property(o, PROP_NETWORK_INTERFACE_NAME));
	strcpy(np.interface, "e");
	network_port_set(o, &np);
	assert_int_equal(world_look(&w), 1);
	assert_true(bac_text_is(read_one(o, PROP_NETWORK_INTERFACE_NAME).text, "e", 1));
	np.dns_count = 3;
	network_port_set(o, &np);
	np.dns_count = 4;
	network_port_set(o, &np);                                /* nothing */
	assert_int_equal(network_port_of(o)->dns_count, 3);
	device_free(d);
}

static void finding_2_10_dhcp_is_shown_where_it_is_known(void **state)
{
	(void)state;
	struct world w;
	struct device *d = world_make(&w);
	struct network_port np = { .dhcp = false };
	struct object *o = add(d, &network_port_type, 1, "port", &np);
	assert_false(has_property(o, PROP_IP_DHCP_ENABLE));
	np.dhcp = true;
	network_port_set(o, &np);
	assert_true(read_one(o, PROP_IP_DHCP_ENABLE).boolean);
	device_free(d);
}

static void a_network_number_is_shown_by_the_first_port(void **state)
{
	(void)state;
	struct world w;
	struct device *d = world_make(&w);
	assert_int_equal(device_network_number(d), 0);           /* there is no port yet */
	device_show_network_number(d, 5, NETWORK_NUMBER_LEARNED);
	struct object *o = add(d, &network_port_type, 1, "port", &(struct network_port){ 0 });
	world_look(&w);
	static const struct { uint16_t number; uint8_t quality, told; } steps[] = {
		{ 5, NETWORK_NUMBER_LEARNED, 1 }, { 5, NETWORK_NUMBER_LEARNED, 0 }, { 6, NETWORK_NUMBER_LEARNED, 1 },
		{ 6, NETWORK_NUMBER_CONFIGURED, 1 }, { 0, NETWORK_NUMBER_UNKNOWN, 1 },
	};
	for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
		device_show_network_number(d, steps[i].number, steps[i].quality);
		assert_int_equal(world_look(&w), steps[i].told);
		assert_int_equal(device_network_number(d), steps[i].number);
		assert_int_equal(read_one(o, PROP_NETWORK_NUMBER).number, steps[i].number);
		assert_int_equal(read_one(o, PROP_NETWORK_NUMBER_QUALITY).number, steps[i].quality);
	}
	device_free(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(texts_are_cut_between_characters_and_cleaned),
		cmocka_unit_test(a_name_of_blanks_is_none),
		cmocka_unit_test(finding_2_9_the_device_gives_way_to_an_object_of_its_name),
		cmocka_unit_test(a_client_cannot_take_the_name_of_an_object),
		cmocka_unit_test(finding_2_10_what_the_manual_lists_can_be_written),
		cmocka_unit_test(finding_2_10_the_time_is_not_taken_where_nothing_may_be_written),
		cmocka_unit_test(settings_read_as_they_were_given),
		cmocka_unit_test(a_port_reads_as_it_was_given),
		cmocka_unit_test(finding_2_10_dhcp_is_shown_where_it_is_known),
		cmocka_unit_test(a_network_number_is_shown_by_the_first_port),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
