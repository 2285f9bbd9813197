// Sends datagrams at a steady rate, for a while.      node flood.js ADDRESS[@FROM] PORT SECONDS RATE HEX...
'use strict';

const dgram = require('dgram');
const [path, port, seconds, rate, ...frames] = process.argv.slice(2);
const [address, from] = path.split('@');
const buffers = frames.map((f) => Buffer.from(f, 'hex'));
const socket = dgram.createSocket('udp4');
socket.on('error', () => {});
socket.bind(0, from, () => {
	socket.setBroadcast(true);
	const start = Date.now();
	const end = start + Number(seconds) * 1000;
	let sent = 0;
	let waiting = 0;
	console.log('ready');
	(function more() {
		if (Date.now() > end) {
			console.log(`sent ${sent}`);
			return socket.close();
		}
		const due = (Date.now() - start) / 1000 * Number(rate);
		while (sent < due && waiting < 256) {
			waiting++;
			socket.send(buffers[sent++ % buffers.length], Number(port), address, () => waiting--);
		}
		return setTimeout(more, 1);
	})();
});
