// Sends one datagram as fast as it can, for a while.      node flood.js ADDRESS PORT SECONDS HEX...
'use strict';

const dgram = require('dgram');
const [address, port, seconds, ...frames] = process.argv.slice(2);
const buffers = frames.map((f) => Buffer.from(f, 'hex'));
const socket = dgram.createSocket('udp4');
socket.on('error', () => {});
socket.bind(0, () => {
	socket.setBroadcast(true);
	const end = Date.now() + Number(seconds) * 1000;
	let sent = 0;
	let waiting = 0;
	console.log('ready');
	(function more() {
		if (Date.now() > end) {
			console.log(`sent ${sent}`);
			return socket.close();
		}
		while (waiting < 64) {
			waiting++;
			socket.send(buffers[sent++ % buffers.length], Number(port), address, () => waiting--);
		}
		return setImmediate(more);
	})();
});
