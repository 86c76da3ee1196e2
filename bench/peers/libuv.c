/* One loop of libuv, the library below Node's net. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <uv.h>

typedef struct {
  uv_tcp_t socket;
  uv_timer_t timer;
  int open_handles;
} client_t;

typedef struct {
  uv_write_t request;
  char bytes[];
} reply_t;

static long delay_ms;
static size_t max_chunk;
static char *slab;

static void closed(uv_handle_t *handle) {
  client_t *client = handle->data;
  if (--client->open_handles == 0) free(client);
}

static void drop(client_t *client) {
  if (uv_is_closing((uv_handle_t *)&client->socket)) return;
  uv_close((uv_handle_t *)&client->socket, closed);
  uv_close((uv_handle_t *)&client->timer, closed);
}

static void allocate(uv_handle_t *handle, size_t suggested, uv_buf_t *buffer) {
  (void)handle, (void)suggested;
  *buffer = uv_buf_init(slab, max_chunk);
}

static void received(uv_stream_t *socket, ssize_t count, const uv_buf_t *buffer);

static void written(uv_write_t *request, int status) {
  client_t *client = request->handle->data;
  if (status == 0) uv_read_start((uv_stream_t *)&client->socket, allocate, received);
  free(request);
}

static void received(uv_stream_t *socket, ssize_t count, const uv_buf_t *buffer) {
  if (count < 0) return drop(socket->data);
  if (count == 0) return;
  time_t now = time(NULL);
  char reply[count + 34], stamp[26];
  size_t length = sizeof reply;
  memcpy(reply, "Echo=>", 6);
  memcpy(reply + 6, buffer->base, count);
  memcpy(reply + 6 + count, " at ", 4);
  memcpy(reply + 10 + count, ctime_r(&now, stamp), 24);
  uv_buf_t whole = uv_buf_init(reply, length);
  int sent = uv_try_write(socket, &whole, 1);
  if (sent == (int)length) return;
  if (sent < 0 && sent != UV_EAGAIN) return drop(socket->data);
  if (sent < 0) sent = 0;
  reply_t *rest = malloc(sizeof *rest + length - sent); /* backpressure: no read until the client has read this */
  memcpy(rest->bytes, reply + sent, length - sent);
  uv_buf_t unsent = uv_buf_init(rest->bytes, length - sent);
  uv_read_stop(socket);
  uv_write(&rest->request, socket, &unsent, 1, written);
}

static void due(uv_timer_t *timer) {
  client_t *client = timer->data;
  uv_read_start((uv_stream_t *)&client->socket, allocate, received);
}

static void connected(uv_stream_t *server, int status) {
  if (status < 0) return;
  client_t *client = calloc(1, sizeof *client);
  client->open_handles = 2;
  client->socket.data = client->timer.data = client;
  uv_tcp_init(server->loop, &client->socket);
  uv_timer_init(server->loop, &client->timer);
  if (uv_accept(server, (uv_stream_t *)&client->socket)) return drop(client);
  uv_tcp_nodelay(&client->socket, 1);
  uv_update_time(server->loop);
  uv_timer_start(&client->timer, due, delay_ms == 0 ? 0 : delay_ms + 1, 0); /* the loop's clock rounds down */
}

int main(int argc, char **argv) {
  if (argc < 4) return 2;
  delay_ms = atol(argv[2]);
  max_chunk = atol(argv[3]);
  slab = malloc(max_chunk);
  uv_loop_t *loop = uv_default_loop();
  uv_tcp_t server;
  struct sockaddr_in address;
  int size = sizeof address;
  uv_tcp_init(loop, &server);
  uv_ip4_addr("127.0.0.1", atoi(argv[1]), &address);
  uv_tcp_bind(&server, (struct sockaddr *)&address, 0);
  int failed = uv_listen((uv_stream_t *)&server, 4096, connected);
  if (failed) return fprintf(stderr, "%s\n", uv_strerror(failed)), 1;
  uv_tcp_getsockname(&server, (struct sockaddr *)&address, &size);
  printf("listening on 127.0.0.1:%d\n", ntohs(address.sin_port));
  fflush(stdout);
  return uv_run(loop, UV_RUN_DEFAULT);
}
