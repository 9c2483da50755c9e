// Swagger UI shows no webhook that is a reference: put the events in their place.
function withEvents(response) {
  if (response.url.endsWith("/openapi.json") && response.ok) {
    const description = JSON.parse(response.text);
    for (const event of Object.keys(description.webhooks)) {
      description.webhooks[event] = description.components.pathItems[event];
    }
    response.text = JSON.stringify(description);
  }
  return response;
}

// Relative to the page, which lies beside the description wherever the function is deployed.
SwaggerUIBundle({
  url: "openapi.json",
  dom_id: "#description",
  responseInterceptor: withEvents,
  deepLinking: true,
  // The list of all schemas stays folded until it is opened.
  defaultModelsExpandDepth: 0,
  // Nothing that is shown is sent to an external validator.
  validatorUrl: null,
});
