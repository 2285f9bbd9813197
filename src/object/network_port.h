/* Network Port (clause 12.56) of a BACnet/IP port, and what the device knows of the number of its network. */
#ifndef OBJECT_NETWORK_PORT_H
#define OBJECT_NETWORK_PORT_H

#include "object/type.h"

extern const struct object_type network_port_type;

struct network_port {                        /* what it shows; times and modes that are not here are constant */
	uint8_t address[4], mask[4], gateway[4];
	uint8_t dns[3][4];
	uint8_t dns_count;
	uint16_t udp_port;
	bool dhcp;                           /* the address is a lease; false: nobody knows that it is, IP_DHCP_Enable is absent */
	float link_speed;                    /* bit/s; 0: unknown */
	uint16_t network_number;             /* 0: unknown */
	uint8_t network_number_quality;      /* NETWORK_NUMBER_... */
	char interface[16];                  /* Network_Interface_Name; empty: absent */
};

/* object_conf.with is a struct network_port, copied. */
void network_port_set(struct object *, const struct network_port *);
const struct network_port *network_port_of(const struct object *);

/* Of the first Network Port of a device, if it has one. */
void device_show_network_number(struct device *, uint16_t number, unsigned quality);  /* NETWORK_NUMBER_...; number 0: unknown */
uint16_t device_network_number(struct device *);                       /* 0: unknown */

#endif
