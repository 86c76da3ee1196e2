import * as rxjs from 'rxjs';
import * as testing from 'rxjs/testing';
import * as rxjsTcp from 'rxjs-tcp';
import * as rxjsTcpTesting from 'rxjs-tcp/testing';
import { tour } from './tour.mjs';

console.log(JSON.stringify(await tour(rxjs, testing, rxjsTcp, rxjsTcpTesting)));
