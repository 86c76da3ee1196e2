const modules = [require('rxjs'), require('rxjs/testing'), require('rxjs-tcp'), require('rxjs-tcp/testing')];

import('./tour.mjs').then(async ({ tour }) => console.log(JSON.stringify(await tour(...modules))));
