#include "object/network_port.h"

#include <string.h>

#include "object/object.h"

const struct network_port *network_port_of(const struct object *o)
{
	return object_data_of(o);
}

static bool make(struct object *o, const void *with)
{
	const struct network_port *port = with;
	if (port->dns_count > sizeof port->dns / sizeof port->dns[0])
		return false;
	memcpy(object_data(o), port, sizeof *port);
	return true;
}

void network_port_set(struct object *o, const struct network_port *port)
{
	if (make(o, port))
		object_mark(o, CHANGE_PROPERTY);
}

/* ---- the number of the network ---- */

static struct object *first_port(struct device *d)
{
	return device_find_any(d, bac_object_id(OBJ_NETWORK_PORT, BAC_INSTANCE_ANY));
}

uint16_t device_network_number(struct device *d)
{
	const struct object *o = first_port(d);
	return o ? network_port_of(o)->network_number : 0;
}

void device_show_network_number(struct device *d, uint16_t number, unsigned quality)
{
	struct object *o = first_port(d);
	struct network_port *port = o ? object_data(o) : NULL;
	if (!port || (port->network_number == number && port->network_number_quality == quality))
		return;
	port->network_number = number;
	port->network_number_quality = (uint8_t)quality;
	object_mark(o, CHANGE_PROPERTY);
}

/* ---- properties ---- */

#define READ(name, expression) \
	static void name(const struct object *o, uint32_t index, struct wr *w) \
	{ \
		const struct network_port *p = network_port_of(o); \
		(void)p, (void)index; \
		expression; \
	}

static void put_mac(struct wr *w, const struct network_port *p)
{
	const uint8_t mac[6] = { p->address[0], p->address[1], p->address[2], p->address[3], (uint8_t)(p->udp_port >> 8),
	                         (uint8_t)p->udp_port };
	bac_put_octets(w, mac, sizeof mac);
}

READ(read_network_type,       bac_put_enum(w, NETWORK_TYPE_IPV4))
READ(read_protocol_level,     bac_put_enum(w, PROTOCOL_LEVEL_APPLICATION))
READ(read_network_number,     bac_put_uint(w, p->network_number))
READ(read_network_quality,    bac_put_enum(w, p->network_number_quality))
READ(read_changes_pending,    bac_put_bool(w, false))
READ(read_max_apdu,           bac_put_uint(w, device_max_apdu(object_device(o))))
READ(read_link_speed,         bac_put_real(w, p->link_speed))
READ(read_interface,          bac_put_text(w, p->interface, strlen(p->interface)))
READ(read_mac_address,        put_mac(w, p))
READ(read_ip_mode,            bac_put_enum(w, IP_MODE_NORMAL))
READ(read_ip_address,         bac_put_octets(w, p->address, sizeof p->address))
READ(read_udp_port,           bac_put_uint(w, p->udp_port))
READ(read_subnet_mask,        bac_put_octets(w, p->mask, sizeof p->mask))
READ(read_gateway,            bac_put_octets(w, p->gateway, sizeof p->gateway))
READ(read_dns,                bac_put_octets(w, p->dns[index - 1], sizeof p->dns[0]))
READ(read_dhcp,               bac_put_bool(w, p->dhcp))

static bool has_interface(const struct object *o) { return network_port_of(o)->interface[0]; }
static bool has_dhcp(const struct object *o)      { return network_port_of(o)->dhcp; }
static uint32_t size_dns(const struct object *o)  { return network_port_of(o)->dns_count; }

static const struct property_row rows[] = {
	ROWS_OF_EVERY_TYPE,
	ROW_STATUS_FLAGS,
	ROW(RELIABILITY,            REQUIRED, SINGLE, "BACnetReliability",          .read = row_read_reliability),
	ROW(OUT_OF_SERVICE,         REQUIRED, SINGLE, "BOOLEAN",                    .read = row_read_out_of_service),
	ROW(NETWORK_TYPE,           REQUIRED, SINGLE, "BACnetNetworkType",          .read = read_network_type),
	ROW(PROTOCOL_LEVEL,         REQUIRED, SINGLE, "BACnetProtocolLevel",        .read = read_protocol_level),
	ROW(NETWORK_NUMBER,         REQUIRED, SINGLE, "Unsigned16",                 .read = read_network_number),
	ROW(NETWORK_NUMBER_QUALITY, REQUIRED, SINGLE, "BACnetNetworkNumberQuality", .read = read_network_quality),
	ROW(CHANGES_PENDING,        REQUIRED, SINGLE, "BOOLEAN",                    .read = read_changes_pending),
	ROW(APDU_LENGTH,            REQUIRED, SINGLE, "Unsigned",                   .read = read_max_apdu),
	ROW(LINK_SPEED,             REQUIRED, SINGLE, "REAL",                       .read = read_link_speed),
	ROW(NETWORK_INTERFACE_NAME, OPTIONAL, SINGLE, "CharacterString",            .present = has_interface, .read = read_interface),
	ROW(MAC_ADDRESS,            OPTIONAL, SINGLE, "OCTET STRING",               .read = read_mac_address),
	ROW(BACNET_IP_MODE,         OPTIONAL, SINGLE, "BACnetIPMode",               .read = read_ip_mode),
	ROW(IP_ADDRESS,             OPTIONAL, SINGLE, "OCTET STRING",               .read = read_ip_address),
	ROW(BACNET_IP_UDP_PORT,     OPTIONAL, SINGLE, "Unsigned16",                 .read = read_udp_port),
	ROW(IP_SUBNET_MASK,         OPTIONAL, SINGLE, "OCTET STRING",               .read = read_subnet_mask),
	ROW(IP_DEFAULT_GATEWAY,     OPTIONAL, SINGLE, "OCTET STRING",               .read = read_gateway),
	ROW(IP_DNS_SERVER,          OPTIONAL, ARRAY,  "BACnetARRAY[N] of OCTET STRING", .size = size_dns, .read = read_dns),
	ROW(IP_DHCP_ENABLE,         OPTIONAL, SINGLE, "BOOLEAN",                    .present = has_dhcp, .read = read_dhcp),
	ROW_PROPERTY_LIST,
};

const struct object_type network_port_type = {
	.type = OBJ_NETWORK_PORT, .rows = rows, .row_count = sizeof rows / sizeof *rows, .data_size = sizeof(struct network_port),
	.make = make,
};
