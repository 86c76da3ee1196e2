/* One thread on epoll. The delay is the same for all clients, so a queue in accept order is also in order of due time. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

struct client {
  int fd;
  long due_ms;
  struct client *next;
  size_t sent, length;
  char *unsent;
};

static int epoll;
static size_t max_chunk;
static char *data, *reply;

static long now_ms(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void watch(struct client *client, int operation, unsigned events) {
  struct epoll_event event = {.events = events, .data.ptr = client};
  epoll_ctl(epoll, operation, client->fd, &event);
}

static void drop(struct client *client) {
  close(client->fd);
  free(client->unsent);
  free(client);
}

static void answer(struct client *client) {
  ssize_t count = recv(client->fd, data, max_chunk, 0);
  if (count <= 0) {
    if (count == 0 || errno != EAGAIN) drop(client);
    return;
  }
  time_t now = time(NULL);
  char stamp[26];
  size_t length = count + 34;
  memcpy(mempcpy(reply, "Echo=>", 6), data, count);
  memcpy(reply + 6 + count, " at ", 4);
  memcpy(reply + 10 + count, ctime_r(&now, stamp), 24);
  ssize_t sent = send(client->fd, reply, length, MSG_NOSIGNAL);
  if (sent < 0 && errno != EAGAIN) return drop(client);
  if (sent < 0) sent = 0;
  if ((size_t)sent == length) return;
  client->length = length - sent; /* backpressure: no read until the client has read this */
  client->sent = 0;
  client->unsent = memcpy(malloc(client->length), reply + sent, client->length);
  watch(client, EPOLL_CTL_MOD, EPOLLOUT);
}

static void send_rest(struct client *client) {
  ssize_t sent = send(client->fd, client->unsent + client->sent, client->length - client->sent, MSG_NOSIGNAL);
  if (sent < 0 && errno != EAGAIN) return drop(client);
  if (sent > 0) client->sent += sent;
  if (client->sent < client->length) return;
  free(client->unsent);
  client->unsent = NULL;
  watch(client, EPOLL_CTL_MOD, EPOLLIN);
}

int main(int argc, char **argv) {
  if (argc < 4) return 2;
  long delay_ms = atol(argv[2]);
  max_chunk = atol(argv[3]);
  data = malloc(max_chunk);
  reply = malloc(max_chunk + 34);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(atoi(argv[1]))};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  struct client server = {.fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0)};
  int on = 1;
  setsockopt(server.fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (bind(server.fd, (struct sockaddr *)&address, size) || listen(server.fd, 4096)) return perror("listen"), 1;
  getsockname(server.fd, (struct sockaddr *)&address, &size);
  printf("listening on 127.0.0.1:%d\n", ntohs(address.sin_port));
  fflush(stdout);

  struct client *first = NULL, *last = NULL;
  struct epoll_event events[1024];
  epoll = epoll_create1(0);
  watch(&server, EPOLL_CTL_ADD, EPOLLIN);
  for (;;) {
    long wait = first == NULL ? -1 : first->due_ms - now_ms();
    int count = epoll_wait(epoll, events, 1024, first != NULL && wait < 0 ? 0 : wait);
    for (int i = 0; i < count; i++) {
      struct client *client = events[i].data.ptr;
      if (client->unsent != NULL) send_rest(client);
      else if (client != &server) answer(client);
      else
        for (int fd; (fd = accept4(server.fd, NULL, NULL, SOCK_NONBLOCK)) >= 0;) {
          setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
          client = calloc(1, sizeof *client);
          client->fd = fd;
          client->due_ms = now_ms() + delay_ms + 1; /* now_ms rounds down, here and when it is due */
          if (delay_ms == 0) watch(client, EPOLL_CTL_ADD, EPOLLIN);
          else if (first == NULL) first = last = client;
          else last = last->next = client;
        }
    }
    for (long now = now_ms(); first != NULL && first->due_ms <= now;) {
      struct client *client = first;
      first = first->next;
      watch(client, EPOLL_CTL_ADD, EPOLLIN);
    }
  }
}
