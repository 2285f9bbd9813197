// subscriber.js ADDRESS PORT INSTANCE: subscribes to an Analog Value with confirmed notifications, confirms each and prints its value.
'use strict';

const { Client, TYPE } = require('./wire.js');
const { cov } = require('./notifications.js');

const [address, port, instance] = process.argv.slice(2);
const to = { address, port: Number(port) };

new Client().open().then(async (client) => {
	client.listeners.add((item) => {
		if (!cov.is(item))
			return;
		const { value, invoke } = cov.told(item);
		cov.confirm(client, to, invoke);
		console.log(`told ${value}`);
	});
	await cov.subscribe(client, to, 250, [TYPE.analogValue, Number(instance)], true, 600);
});
