// Shows /openapi.json with Swagger UI, light or dark as the system is.
const dark = matchMedia("(prefers-color-scheme: dark)");
const paint = () => document.documentElement.classList.toggle("dark-mode", dark.matches);
dark.addEventListener("change", paint);
paint();

const viewer = SwaggerUIBundle({
  url: "openapi.json",
  dom_id: "#viewer",
  deepLinking: true,
  displayRequestDuration: true,
  // Schemas are shown where they are used; the list of them all stays folded.
  defaultModelsExpandDepth: 0,
  // No badge from a validator elsewhere.
  validatorUrl: null,
  onComplete() {
    document.title = `${viewer.specSelectors.info().get("title")} API`;
  },
});
