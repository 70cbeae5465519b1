/* Asks a SavedModel as TF Serving does: loaded by TensorFlow's C++ loader under the tag "serve", without Python.
 *
 *   loader SAVED_MODEL REQUESTS...
 *
 * Each file of requests is a TFRecord of tensorflow.serving.PredictionLog, as the one in assets.extra that warms a server
 * up. One session answers all of them, in order. For each request there is on stdout
 *
 *   signature code outputs bytes-of-message\n message\n
 *
 * and, where the code is 0 (OK), for each output
 *
 *   name type bytes rank size...\n content\n
 *
 * in the byte order of the machine; of a string tensor the content is each element's length, 8 bytes, and the element.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tensorflow/c/c_api.h"
#include "tensorflow/c/tf_tstring.h"

enum { MAX_TENSORS = 16, MAX_RANK = 8 };

static void fail(const char* what) {
  fprintf(stderr, "%s\n", what);
  exit(1);
}

/* --- Protocol buffers: a message is a row of fields, each a number and a value. --- */

typedef struct {
  const uint8_t* at;
  const uint8_t* end;
} Bytes;

typedef struct {
  unsigned number;
  uint64_t integer; /* of fields that are no bytes */
  Bytes bytes;
} Field;

static uint64_t varint(Bytes* message) {
  uint64_t value = 0;
  for (int shift = 0; shift < 64; shift += 7) {
    if (message->at == message->end) fail("a message ends within a number");
    uint8_t byte = *message->at++;
    value |= (uint64_t)(byte & 0x7f) << shift;
    if (byte < 0x80) return value;
  }
  fail("a number of more than 64 bits");
  return 0;
}

static Bytes take(Bytes* message, uint64_t size) {
  if (size > (uint64_t)(message->end - message->at)) fail("a message ends within a field");
  Bytes taken = {message->at, message->at + size};
  message->at += size;
  return taken;
}

/* The next field of a message; 0 at its end. */
static int next(Bytes* message, Field* field) {
  if (message->at == message->end) return 0;
  uint64_t key = varint(message);
  field->number = (unsigned)(key >> 3);
  field->integer = 0;
  field->bytes = (Bytes){NULL, NULL};
  switch (key & 7) {
    case 0: field->integer = varint(message); break;
    case 1: field->bytes = take(message, 8); break;
    case 2: field->bytes = take(message, varint(message)); break;
    case 5: field->bytes = take(message, 4); break;
    default: fail("a field of an unknown kind");
  }
  return 1;
}

/* The last field of that number, as bytes; empty where there is none. */
static Bytes find(Bytes message, unsigned number) {
  Bytes found = {NULL, NULL};
  for (Field field; next(&message, &field);)
    if (field.number == number) found = field.bytes;
  return found;
}

static int equal(Bytes one, Bytes other) {
  size_t size = (size_t)(one.end - one.at);
  return size == (size_t)(other.end - other.at) && (size == 0 || memcmp(one.at, other.at, size) == 0);
}

/* The value of a key, where `number` is a map. */
static Bytes find_key(Bytes message, unsigned number, Bytes key) {
  for (Field field; next(&message, &field);)
    if (field.number == number && equal(find(field.bytes, 1), key)) return find(field.bytes, 2);
  return (Bytes){NULL, NULL};
}

/* --- Tensors --- */

/* The numbers of a TensorProto that are written one by one; the last one stands for all that follow. */
static void fill(Bytes proto, unsigned number, char* data, size_t element, size_t count) {
  size_t done = 0;
  for (Field field; next(&proto, &field);) {
    if (field.number != number) continue;
    if (!field.bytes.at) fail("expected packed numbers");
    while (field.bytes.at != field.bytes.end && done < count) {
      if (element == 8) {
        uint64_t value = varint(&field.bytes);
        memcpy(data + 8 * done++, &value, 8);
      } else {
        Bytes value = take(&field.bytes, element);
        memcpy(data + element * done++, value.at, element);
      }
    }
  }
  for (; done && done < count; done++) memcpy(data + element * done, data + element * (done - 1), element);
}

static void fill_strings(Bytes proto, TF_TString* strings, size_t count) {
  size_t done = 0;
  for (Field field; next(&proto, &field) && done < count;)
    if (field.number == 8) TF_TString_Copy(&strings[done++], (const char*)field.bytes.at, field.bytes.end - field.bytes.at);
}

static TF_Tensor* to_tensor(Bytes proto) {
  TF_DataType type = 0;
  int64_t sizes[MAX_RANK];
  int rank = 0;
  size_t count = 1;
  Bytes content = find(proto, 4), shape = find(proto, 2), rest = proto;
  for (Field field; next(&rest, &field);)
    if (field.number == 1) type = (TF_DataType)field.integer;
  for (Field dimension; next(&shape, &dimension);) {
    if (dimension.number != 2) continue;
    if (rank == MAX_RANK) fail("a tensor of too many dimensions");
    sizes[rank] = 0;
    for (Field size; next(&dimension.bytes, &size);)
      if (size.number == 1) sizes[rank] = (int64_t)size.integer;
    count *= (size_t)sizes[rank++];
  }
  size_t element = type == TF_STRING ? sizeof(TF_TString) : TF_DataTypeSize(type);
  TF_Tensor* tensor = TF_AllocateTensor(type, sizes, rank, element * count);
  char* data = TF_TensorData(tensor);
  if (count) memset(data, 0, element * count);
  if (type == TF_STRING) {
    for (size_t i = 0; i < count; i++) TF_TString_Init((TF_TString*)data + i);
    fill_strings(proto, (TF_TString*)data, count);
  } else if (content.at) {
    if ((size_t)(content.end - content.at) != element * count) fail("a tensor of another size than its shape says");
    memcpy(data, content.at, element * count);
  } else {
    fill(proto, type == TF_FLOAT ? 5 : 10, data, element, count);
  }
  return tensor;
}

static void print_tensor(Bytes name, TF_Tensor* tensor) {
  size_t size = TF_TensorByteSize(tensor), count = (size_t)TF_TensorElementCount(tensor);
  TF_TString* strings = TF_TensorType(tensor) == TF_STRING ? TF_TensorData(tensor) : NULL;
  if (strings) {
    size = 0;
    for (size_t i = 0; i < count; i++) size += 8 + TF_TString_GetSize(&strings[i]);
  }
  printf("%.*s %d %zu %d", (int)(name.end - name.at), name.at, TF_TensorType(tensor), size, TF_NumDims(tensor));
  for (int i = 0; i < TF_NumDims(tensor); i++) printf(" %lld", (long long)TF_Dim(tensor, i));
  printf("\n");
  for (size_t i = 0; strings && i < count; i++) {
    uint64_t length = TF_TString_GetSize(&strings[i]);
    fwrite(&length, 8, 1, stdout);
    fwrite(TF_TString_GetDataPointer(&strings[i]), 1, length, stdout);
  }
  if (!strings) fwrite(TF_TensorData(tensor), 1, size, stdout);
  printf("\n");
}

/* --- The model --- */

typedef struct {
  TF_Session* session;
  TF_Graph* graph;
  Bytes meta_graph;
} Model;

static Model load(const char* path) {
  TF_Status* status = TF_NewStatus();
  TF_SessionOptions* options = TF_NewSessionOptions();
  TF_Buffer* meta_graph = TF_NewBuffer();
  const char* tags[] = {"serve"};
  Model model = {NULL, TF_NewGraph(), {NULL, NULL}};
  model.session = TF_LoadSessionFromSavedModel(options, NULL, path, tags, 1, model.graph, meta_graph, status);
  if (TF_GetCode(status) != TF_OK) fail(TF_Message(status));
  model.meta_graph = (Bytes){meta_graph->data, (const uint8_t*)meta_graph->data + meta_graph->length};
  return model;
}

/* The tensor that a TensorInfo names, "operation:index". */
static TF_Output named(const Model* model, Bytes info) {
  char name[1024];
  Bytes text = find(info, 1);
  size_t size = (size_t)(text.end - text.at);
  if (!size || size >= sizeof name) fail("a signature that does not know the input");
  memcpy(name, text.at, size);
  name[size] = 0;
  char* colon = strrchr(name, ':');
  if (!colon) fail("a tensor without an index");
  *colon = 0;
  TF_Output output = {TF_GraphOperationByName(model->graph, name), atoi(colon + 1)};
  if (!output.oper) fail("a tensor that is not in the graph");
  return output;
}

static void answer(const Model* model, Bytes request) {
  Bytes signature_name = find(find(request, 1), 3);
  Bytes signature = find_key(model->meta_graph, 5, signature_name);
  if (!signature.at) fail("a signature that the model does not have");
  TF_Output fed[MAX_TENSORS], fetched[MAX_TENSORS];
  TF_Tensor *given[MAX_TENSORS], *made[MAX_TENSORS] = {NULL};
  Bytes names[MAX_TENSORS];
  int inputs = 0, outputs = 0;
  for (Field field; next(&request, &field);) {
    if (field.number != 2) continue;
    if (inputs == MAX_TENSORS) fail("too many inputs");
    fed[inputs] = named(model, find_key(signature, 1, find(field.bytes, 1)));
    given[inputs++] = to_tensor(find(field.bytes, 2));
  }
  for (Field field; next(&signature, &field);) {
    if (field.number != 2) continue;
    if (outputs == MAX_TENSORS) fail("too many outputs");
    names[outputs] = find(field.bytes, 1);
    fetched[outputs++] = named(model, find(field.bytes, 2));
  }
  TF_Status* status = TF_NewStatus();
  TF_SessionRun(model->session, NULL, fed, given, inputs, fetched, made, outputs, NULL, 0, NULL, status);
  int ok = TF_GetCode(status) == TF_OK;
  printf("%.*s %d %d %zu\n%s\n", (int)(signature_name.end - signature_name.at), signature_name.at, TF_GetCode(status),
         ok ? outputs : 0, strlen(TF_Message(status)), TF_Message(status));
  for (int i = 0; ok && i < outputs; i++) print_tensor(names[i], made[i]);
  for (int i = 0; i < inputs; i++) TF_DeleteTensor(given[i]);
  for (int i = 0; ok && i < outputs; i++) TF_DeleteTensor(made[i]);
  TF_DeleteStatus(status);
}

/* --- Files: of a TFRecord the length, its checksum, the record, and its checksum; those are not looked at. --- */

static Bytes read_file(const char* path) {
  FILE* file = fopen(path, "rb");
  if (!file || fseek(file, 0, SEEK_END)) fail("a file of requests that cannot be read");
  size_t size = (size_t)ftell(file);
  uint8_t* content = malloc(size + 1);
  rewind(file);
  if (!content || fread(content, 1, size, file) != size) fail("a file of requests that cannot be read");
  fclose(file);
  return (Bytes){content, content + size};
}

int main(int count, char** arguments) {
  if (count < 3) fail("usage: loader SAVED_MODEL REQUESTS...");
  Model model = load(arguments[1]);
  for (int i = 2; i < count; i++) {
    Bytes file = read_file(arguments[i]);
    while (file.at != file.end) {
      uint64_t size;
      memcpy(&size, take(&file, 8).at, 8);
      take(&file, 4);
      answer(&model, find(find(take(&file, size), 6), 1)); /* predict_log, and its request */
      take(&file, 4);
    }
  }
  return 0;
}
