import { formatAddress } from 'rxjs-tcp';

console.log(formatAddress({ host: '::1', port: 7 }));
