// Relative to the page, which lies beside the description wherever the function is deployed.
SwaggerUIBundle({
  url: "openapi.json",
  dom_id: "#description",
  deepLinking: true,
  // The list of all schemas stays folded until it is opened.
  defaultModelsExpandDepth: 0,
  // Nothing that is shown is sent to an external validator.
  validatorUrl: null,
});
