// A BACnet router between IP networks, as small as clause 6 allows: for the tests only.
//
//   node router.js NETWORK:ADDRESS:BROADCAST NETWORK:ADDRESS:BROADCAST...      UDP port 47808 on each
'use strict';

const dgram = require('dgram');
const { bvlc, npdu, parseDatagram } = require('./wire.js');

const ports = process.argv.slice(2).map((argument) => {
	const [network, address, broadcast] = argument.split(':');
	return { network: Number(network), address, broadcast };
});
const GLOBAL = 0xffff;
const macOf = ({ address, port }) => Buffer.from([...address.split('.').map(Number), port >> 8, port & 255]);
const addressOf = (mac) => ({ address: [...mac.subarray(0, 4)].join('.'), port: mac.readUInt16BE(4) });

function emit(port, frame, mac) {
	const to = mac && mac.length ? addressOf(mac) : { address: port.broadcast, port: 47808 };
	port.socket.send(bvlc(mac && mac.length ? 10 : 11, frame), to.port, to.address);
}

function received(port, buffer, from) {
	if (from.address === port.address)
		return;
	let n;
	try {
		const d = parseDatagram(buffer);
		n = d.fn === 10 || d.fn === 11 ? d.npdu : null;
	} catch {
		return;
	}
	if (!n)
		return;
	if (n.message === 0) {                   // Who-Is-Router-To-Network
		const wanted = n.apdu.length >= 2 ? n.apdu.readUInt16BE() : null;
		const reached = ports.filter((p) => p !== port && (wanted === null || p.network === wanted));
		if (reached.length)
			emit(port, npdu(Buffer.concat(reached.map((p) => Buffer.from([p.network >> 8, p.network & 255]))), { message: 1 }));
		return;
	}
	if (n.message !== undefined || n.dnet === undefined || n.hops <= 1)
		return;
	const source = { snet: n.snet === undefined ? port.network : n.snet, sadr: n.snet === undefined ? macOf(from) : n.sadr };
	const expecting = !!(n.control & 4);
	for (const other of ports) {
		if (other === port)
			continue;
		if (n.dnet === GLOBAL)
			emit(other, npdu(n.apdu, { ...source, expecting, dnet: GLOBAL, hops: n.hops - 1 }));
		else if (n.dnet === other.network)
			emit(other, npdu(n.apdu, { ...source, expecting }), n.dadr);
	}
}

let ready = 0;
for (const port of ports) {
	for (const address of [port.address, port.broadcast]) {
		const socket = dgram.createSocket({ type: 'udp4', recvBufferSize: 1 << 20 });
		socket.on('message', (buffer, from) => received(port, buffer, from));
		socket.bind(47808, address, () => {
			socket.setBroadcast(true);
			if (++ready === ports.length * 2)
				console.log('ready');
		});
		if (address === port.address)
			port.socket = socket;
	}
}
process.on('SIGTERM', () => process.exit(0));
