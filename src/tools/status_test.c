/* bacnet-ups status. */
#include "tools/testing.h"

#define DEVICE "'device':{'instance':1338,'name':'MASTERYS BC+','model':'20 kVA','description':'S1','location':'Hall','vendor':'V','vendor_identifier':591," \
	"'objects':103,'database_revision':7,'network_number':0,'object_map':'socomec','writable':'labels'}"
#define IDENTITY "'identity':{'family':'masterys','model':'MASTERYS BC+','serial':'P13','kva':20.0,'system':'single'}"
#define STATES "'states':{'DeviceStatus':'Running','UPSLoadStatus':'not managed','UnitLoadStatus':'ON BATTERY','Alarms':'CRITICAL ALARM'}"
#define UPS(link, more) "{'name':''," DEVICE "," IDENTITY "," link ",'clock':'2026-11-26T01:06:18'," STATES ",'alarms':['OVERLOAD','FAN FAILURE']," \
	"'figures':{'BATTERY_%':'42 %'}," more "}"
#define UP "'link':{'state':'up','device':'/dev/ttyS0','baud':9600,'complete':true,'age':0.3,'last_error':'','internal_fault':false}"
#define LOST "'link':{'state':'lost','device':'/dev/ttyS0','baud':57600,'complete':true,'age':183.2,'last_error':'no answer','internal_fault':false}"
#define STATUS(ups, problems) "{'version':'0.1.0','uptime':181.5,'network':{'interface':'eth0','address':'192.0.2.7','port':47808},'ups':[" ups \
	"],'problems':[" problems "]}"

static void what_a_person_wants_to_know(void **state)
{
	(void)state;
	struct fake f = { .answer = { { "status", STATUS(UPS(UP, "'stale':{}"), "'another device is 1338','a disk is full'") } } };
	RUNS(&f, "status|--control|/c", 0,
		"bacnet-upsd      0.1.0, up 3 min\n"
		"Network          eth0 192.0.2.7:47808\n"
		"Problems         another device is 1338\n"
		"                 a disk is full\n"
		"BACnet device    1338 \"MASTERYS BC+\", 103 objects\n"
		"Settings         map socomec, writable labels, vendor V (591)\n"
		"Location         Hall\n"
		"UPS              MASTERYS BC+, 20 kVA, serial P13\n"
		"System           single, family masterys\n"
		"Link             up: /dev/ttyS0 at 9600 baud, last answer 0.3 s ago\n"
		"UPS clock        2026-11-26T01:06:18\n"
		"\n"
		"DeviceStatus     Running\n"
		"UPSLoadStatus    not managed\n"
		"UnitLoadStatus   ON BATTERY\n"
		"Alarms           CRITICAL ALARM\n"
		"Alarms set       OVERLOAD\n"
		"                 FAN FAILURE\n"
		"\n"
		"BATTERY_%        42 %\n", "");
	f.colour = true;
	fake_run(&f, "status|--control|/c");
	assert_non_null(strstr(f.out, "Problems         \033[31manother device is 1338\033[0m\n"));
	assert_non_null(strstr(f.out, "Link             \033[32mup: "));
	assert_non_null(strstr(f.out, "UPS clock        2026"));
	assert_non_null(strstr(f.out, "UnitLoadStatus   \033[33mON BATTERY\033[0m\n"));
	assert_non_null(strstr(f.out, "UPSLoadStatus    \033[2mnot managed\033[0m\n"));
	assert_non_null(strstr(f.out, "Alarms           \033[31mCRITICAL ALARM\033[0m\n"));
	assert_non_null(strstr(f.out, "Alarms set       \033[31mOVERLOAD\033[0m\n"));
	assert_non_null(strstr(f.out, "Network          eth0"));
	assert_non_null(strstr(f.out, "UPS              MASTERYS"));
	fake_end(&f);
}

static void finding_1_5_what_is_stale_says_so_with_its_age(void **state)
{
	(void)state;
	struct fake f = { .answer = { { "status", STATUS(UPS(LOST, "'stale':{'UnitLoadStatus':183.2,'BATTERY_%':190,'OTHER':5,'Alarms':183.2}"), "") } } };
	fake_run(&f, "status|--control|/c");
	assert_non_null(strstr(f.out, "\nLink             lost: /dev/ttyS0, last answer 3 min ago\nLast error       no answer\n"
		"UPS clock        2026-11-26T01:06:18  (stale, 3 min old)\n"));
	assert_non_null(strstr(f.out, "\nUnitLoadStatus   ON BATTERY  (stale, 3 min old)\n"));
	assert_non_null(strstr(f.out, "\nDeviceStatus     Running\n"));
	assert_non_null(strstr(f.out, "\nAlarms           CRITICAL ALARM  (stale, 3 min old)\n"));
	assert_non_null(strstr(f.out, "\nBATTERY_%        42 %  (stale, 3 min old)\n"));
	assert_null(strstr(f.out, "OTHER"));
	assert_null(strstr(f.out, "57600"));
	f.colour = true;
	fake_run(&f, "status|--control|/c");
	assert_non_null(strstr(f.out, "Link             \033[31mlost"));
	assert_non_null(strstr(f.out, "Last error       \033[33mno answer\033[0m\n"));
	assert_non_null(strstr(f.out, "Alarms           \033[33mCRITICAL ALARM  (stale, 3 min old)\033[0m\n"));
	assert_non_null(strstr(f.out, "UPS clock        \033[33m2026"));
	f.colour = false;
	/* programs get it as it came */
	fake_run(&f, "status|--control|/c|--format|kv");
	assert_non_null(strstr(f.out, "\nups.0.states.UnitLoadStatus=ON BATTERY\n"));
	assert_non_null(strstr(f.out, "\nups.0.stale.UnitLoadStatus=183.2\n"));
	assert_non_null(strstr(f.out, "\nups.0.link.baud=57600\n"));
	fake_run(&f, "status|--control|/c|--format|csv");
	assert_non_null(strstr(f.out, "name,value\nversion,0.1.0\n"));
	fake_end(&f);
}

static void what_is_not_known_yet(void **state)
{
	(void)state;
	struct fake f = { .answer = { { "status", "{'version':'0','uptime':1,'network':null,'problems':[],'ups':[{'name':'','device':null,"
		"'link':{'state':'starting','device':'tcp:a:1','baud':0,'age':null,'last_error':''},'identity':{'family':'','model':''},'clock':null,"
		"'states':{},'alarms':[],'figures':{},'stale':{}}]}" } }, .colour = true };
	fake_run(&f, "status|--control|/c");
	assert_string_equal(f.out,
		"bacnet-upsd      0, up 1.0 s\n"
		"Network          \033[31mnot open\033[0m\n"
		"UPS              \033[2mnot known yet\033[0m\n"
		"Link             starting: tcp:a:1, no answer yet\n"
		"\n"
		"\n");
	fake_end(&f);
}

static void several_ups_have_headings(void **state)
{
	(void)state;
#define SMALL(name, model) "{'name':'" name "','device':null,'link':{'state':'up','device':'d','baud':0,'age':1},'identity':{'family':'f','model':'" model \
	"','serial':'','kva':null,'system':'parallel'},'states':{},'alarms':[],'figures':{}}"
	struct fake f = { .answer = { { "status", STATUS(SMALL("", "A\xc2\x9b""31m") "," SMALL("east", ""), "") } } };
	fake_run(&f, "status|--control|/c");
	assert_non_null(strstr(f.out, "47808\n[ups]\nUPS              A?31m\nSystem           parallel, family f\n"));
	assert_non_null(strstr(f.out, "\n\n[ups:east]\nUPS              unknown model\nSystem           parallel, family f\n"));
	assert_non_null(strstr(f.out, "Link             up: d, last answer 1.0 s ago\n"));
	fake_end(&f);
}

static void a_daemon_that_says_no(void **state)
{
	(void)state;
	struct fake f = { .failure = "busy" };
	RUNS(&f, "status|--control|/c", 1, "", "bacnet-ups status: /c: busy\n");
	fake_end(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_a_person_wants_to_know),
		cmocka_unit_test(finding_1_5_what_is_stale_says_so_with_its_age),
		cmocka_unit_test(what_is_not_known_yet),
		cmocka_unit_test(several_ups_have_headings),
		cmocka_unit_test(a_daemon_that_says_no),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
